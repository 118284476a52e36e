"""What a policy costs, and who gains and loses by another, as tables for people: Chinese with English beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from unicodedata import east_asian_width

from canbao.kernel.fen import yuan_from_fen

from ..explain import PAYER_NAMES
from ..policy import Policy
from .effects import Effects, Side, Turn
from .pricing import Totals

REASONS: Final = {
    "employee_insured": ("已参加职工医保", "in employee insurance"),
    "insured_elsewhere": ("已在外地参保", "insured elsewhere"),
    "area_missing": ("没有填写户籍、居住或就学地", "no area given"),
    "no_permit": ("居住在本地但无参保依据", "lives here without a ground"),
    "outside_scope": ("不在参保范围", "outside the scope"),
    "tier_missing": ("未选择档次", "no tier chosen"),
    "repair_exceeds_gap": ("补缴年数超过断保年数", "more years repaired than broken"),
    "year_over": ("年度已过", "the year is over"),
}
SPENDING: Final = {
    "personal": ("个人缴费", "persons"),
    **PAYER_NAMES,
    "universal_subsidy": ("财政补助", "subsidy for everyone"),
    "repair": ("补缴修复", "repaired years"),
}
COVER: Final = {
    "earlier": ("待遇开始提前", "cover begins earlier"),
    "later": ("待遇开始推迟", "cover begins later"),
    "gained": ("本年度开始有待遇", "now covered in the year"),
    "lost": ("本年度不再有待遇", "no longer covered in the year"),
    "ends_earlier": ("待遇提前结束", "cover ends earlier"),
    "ends_later": ("待遇延后结束", "cover ends later"),
}
TURNS: Final[dict[Turn, tuple[str, str]]] = {
    "less": ("少缴", "pay less"),
    "more": ("多缴", "pay more"),
    "enters": ("新增可参保", "newly eligible"),
    "leaves": ("不再可参保", "newly refused"),
    "otherwise": ("缴费不变，别的有变", "pay the same; something else changes"),
    "unchanged": ("不变", "unchanged"),
}
GAP: Final = "  "
Row = Sequence[str]


def price_table(totals: Totals) -> str:
    policy, whole = totals.policy, totals.eligible
    sums = [("个人缴费 persons", whole.personal_fen)]
    sums += [(f"{zh} {en}", whole.payers_fen[payer]) for payer, (zh, en) in PAYER_NAMES.items()]
    sums += [
        ("财政补助 subsidy for everyone", whole.universal_subsidy_fen),
        ("补缴修复 repaired years", whole.repair_fen),
    ]
    products = [code for code in policy.file.products if code in whole.products_fen]
    sums += [(f"附加项目 product: {_product(policy, code)}", whole.products_fen[code]) for code in products]
    # Groups are met in no order that lasts: equal numbers stand by name.
    refused = sorted(totals.refused.items(), key=lambda item: (-item[1], item[0]))
    groups = [
        (
            _class(policy, code),
            _award(policy, award),
            _people(sums.people),
            _yuan(sums.personal_fen),
            _yuan(sums.aid_fen),
        )
        for (code, award), sums in totals.by_size()
    ]
    return "\n".join(
        [
            *_title(policy),
            "",
            *_aligned(
                [
                    ("人数", "people", ""),
                    ("登记", "in the register", _people(totals.people)),
                    ("可参保", "may enrol", _people(whole.people)),
                    *(("不能参保", reason_name(policy, code), _people(n)) for code, n in refused),
                ],
                left=2,
            ),
            "",
            *_aligned([("金额（元）yuan", ""), *((name, _yuan(fen)) for name, fen in sums if fen)], left=1),
            "",
            *_aligned([("类别 class", "资助 award", "人数 people", "个人 persons", "资助 aid"), *groups], left=2),
        ]
    )


def effects_table(effects: Effects, most: int = 20) -> str:
    """At most so many groups of each kind, the biggest first; what is left out is counted."""
    before, after = effects.before, effects.after
    lines = [f"影响 Effects：{before.id} → {after.id}（{after.benefit_year}）", ""]
    balance = effects.balance()
    turns = [
        (f"{zh} {en}", _people(balance[turn].people), _signed(balance[turn].fen)) for turn, (zh, en) in TURNS.items()
    ]
    whole = ("合计 together", _people(effects.people), _signed(sum(move.fen for move in balance.values())))
    once = ("每人计一次 everybody once", "人数 people", "个人应缴变化（元）what persons pay (yuan)")
    lines += _aligned([once, *turns, whole], left=1)
    if effects.rejected:
        zh, en = f"另有{_people(effects.rejected)}行有误，未计入", "bad rows, left out"
        lines.append(f"{GAP}{zh} {_people(effects.rejected)} {en}")
    spending = effects.spending()
    spent = [
        (f"{SPENDING[name][0]} {SPENDING[name][1]}", _yuan(was), _yuan(now), _signed(now - was))
        for name, (was, now) in spending.items()
    ]
    was_all, now_all = (sum(sums[side] for sums in spending.values()) for side in (0, 1))
    spent.append(("合计 together", _yuan(was_all), _yuan(now_all), _signed(now_all - was_all)))
    lines.append("")
    lines += _aligned([("出资方（元）who pays (yuan)", "原 before", "现 after", "变化 change"), *spent], left=1)
    paying = [
        (_move(before, after, was, now), _people(move.people), _signed(now.pays_fen - was.pays_fen), _signed(move.fen))
        for (was, now), move in effects.paying()
    ]
    head = ("个人缴费变化 what persons pay", "人数 people", "每人 each", "合计 together")
    lines += _section(head, paying, most)
    entering = [
        (f"{reason_name(before, reason)} → {_award(after, award)}", _people(number))
        for (reason, award), number in effects.entering()
    ]
    lines += _section(("新增可参保 newly eligible", "人数 people"), entering, most)
    leaving = [
        (f"{_award(before, award)} → {reason_name(after, reason)}", _people(number))
        for (reason, award), number in effects.leaving()
    ]
    lines += _section(("不再可参保 newly refused", "人数 people"), leaving, most)
    covered = [
        (f"{COVER[how][0]} {COVER[how][1]}", f"{_class(after, code)} · {_award(after, award)}", _people(number))
        for (how, code, award), number in effects.covered()
    ]
    of_cover = ("待遇时间变化 days of cover", "", "人数 people")
    return "\n".join(lines + _section(of_cover, covered, most, left=2))


def _section(head: Row, rows: Sequence[Row], most: int, left: int = 1) -> list[str]:
    if not rows:
        return []
    rest = len(rows) - most
    more = [f"{GAP}另有{rest}组 and {rest} further groups"] if rest > 0 else []
    return ["", *_aligned([head, *rows[:most]], left=left), *more]


def _move(before: Policy, after: Policy, was: Side, now: Side) -> str:
    old = f"{_class(before, was.klass)} · {_award(before, was.award)}"
    new = f"{_class(after, now.klass)} · {_award(after, now.award)}"
    return old if old == new else f"{old} → {new}"


def _title(policy: Policy) -> list[str]:
    year = f"（{policy.benefit_year}）" if policy.projected else ""
    return [f"{policy.id}{year}  {policy.name.zh}", policy.name.en]


def _class(policy: Policy, code: str | None) -> str:
    name = policy.file.classes[code].name if code is not None else None
    return f"{name.zh} {name.en}" if name else "—"


def _award(policy: Policy, award: str | None) -> str:
    if award is None:
        return "无资助 no aid"
    name = next(rule.part.name for rule in policy.awards if rule.name == award)
    return f"{name.zh} {name.en}"


def _product(policy: Policy, code: str) -> str:
    name = policy.file.products[code].name
    return f"{name.zh} {name.en}"


def reason_name(policy: Policy, reason: str) -> str:
    """The reason in both languages, the policy's own words where it has some."""
    file = policy.file
    if reason in file.scope.refusals:
        words = file.scope.refusals[reason].words
        return f"{words.zh} {words.en}"
    if reason not in REASONS and file.no_class is not None and file.no_class.reason == reason:
        return f"{file.no_class.words.zh} {file.no_class.words.en}"
    return " ".join(REASONS.get(reason, (reason,)))


def _people(number: int) -> str:
    return f"{number:,}"


def _yuan(fen: int) -> str:
    return yuan_from_fen(fen, grouped=True)


def _signed(fen: int) -> str:
    return f"{'+' if fen > 0 else ''}{_yuan(fen)}"


def _aligned(rows: Iterable[Row], left: int) -> Iterator[str]:
    """Columns of equal width as a terminal shows them; the first `left` columns to the left, figures to the right."""
    table = [list(row) for row in rows]
    widths = [max(_width(cell) for cell in column) for column in zip(*table, strict=True)]
    for row in table:
        cells = [
            cell + " " * (width - _width(cell)) if position < left else " " * (width - _width(cell)) + cell
            for position, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield GAP + GAP.join(cells).rstrip()


def _width(text: str) -> int:
    """Columns of a terminal: a Chinese character takes two."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
