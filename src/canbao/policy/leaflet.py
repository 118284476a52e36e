"""A policy in words, Chinese with English beside it, and what changed from one policy to another.

Both are made from the same sentences, one for each thing that a policy says, so that nothing can change unseen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from . import phrases
from .explain import PAYER_NAMES, day_zh, yuan
from .leaflet_notice import NOTICE_SECTIONS, of_notice
from .loading import parts
from .model import AidRule, Cited, CoverCase, FeeClass, Government
from .notice import Notice
from .policy import Policy
from .readings import readings_told, readings_used
from .said import Said, cited

SECTIONS: Final = {
    "place": ("地方与时间", "Place and time"),
    "scope": ("谁可以参保", "Who may enrol"),
    "classes": ("个人缴多少", "What a person pays"),
    "government": ("财政补助", "What the government pays for everyone"),
    "aid": ("谁来资助、资助多少", "Who is aided, how much and by whom"),
    "cover": ("从哪天起享受待遇", "From which day cover begins"),
    "waiting": ("等待期与补缴修复", "Waiting and repair"),
    "targets": ("目标任务", "Targets"),
    "readings": ("待医保局确认的读法", "Readings to be confirmed by the bureau"),
    **NOTICE_SECTIONS,
    "documents": ("文件", "Documents"),
}
DIGITS: Final[tuple[str, ...]] = ("", *"一二三四五六七八九")
CHOICE: Final = {
    "highest": ("资助最高的", "the highest aid"),
    "lowest": ("资助最低的", "the lowest aid"),
    "assistance_first": ("资助先于代缴", "assistance before payment on behalf"),
    "on_behalf_first": ("代缴先于资助", "payment on behalf before assistance"),
    "fewest_payers": ("出资方少的", "fewer payers"),
    "most_payers": ("出资方多的", "more payers"),
}
STARTS: Final = {
    "settlement": ("从缴费（办结）之日起", "from the day of payment"),
    "settlement_in_year": (
        "从年度第一天起，其后缴费的从缴费之日起",
        "from the first day of the year, or a later payment",
    ),
    "year_start": ("从年度第一天起", "from the first day of the year"),
    "birth": ("从出生之日起", "from birth"),
    "day_after_settlement": ("从缴费（办结）次日起", "from the day after payment"),
    "month_after_settlement": ("从缴费次月1日起", "from the month after payment"),
}
COUNTED: Final = {
    "same_day": ("等待期满相同月数的同一日起享受", "to the same day so many months later"),
    "day_after": ("缴费次日起算等待期", "the wait is counted from the day after payment"),
    "payment_month": ("缴费当月为等待期第1个月", "the payment month is the first month of the wait"),
    "next_month": ("等待期满后次月1日起享受", "from the first day of the month after the wait"),
    "month_after_next": ("等待期满后第二个月1日起享受", "from the first day of the second month after the wait"),
    "days": ("按天数计算等待期", "the wait is counted in days"),
}
REPEATED_AT_MOST: Final = 3
MEASURES: Final = {"paid": ("缴费", "paid"), "registered": ("登记", "registered"), "insured": ("参保", "insured")}


def leaflet(policy: Policy) -> str:
    """The policy for a reader: every figure with its clause, every open question with its switch."""
    lines = [policy.name.zh, policy.name.en, ""]
    said, number = list(sentences(policy)), 0
    for section, (zh, en) in SECTIONS.items():
        here = [each for each in said if each.key[0] == section]
        if not here:
            continue
        number += 1
        lines += [f"{numeral(number)}、{zh} · {en}", ""]
        for each in here:
            lines.append(f"  {each.zh}" + (f"  〔{each.cited}〕" if each.cited else ""))
            lines += [f"    {line}" for line in each.en.splitlines()]
        lines.append("")
    return "\n".join(lines).rstrip()


def numeral(number: int) -> str:
    """1 to 99 as a Chinese heading counts."""
    tens, ones = divmod(number, 10)
    return ("" if tens < 2 else DIGITS[tens]) + ("十" if tens else "") + DIGITS[ones]


def difference(before: Policy, after: Policy) -> str:
    """What changed, in words: every sentence that is new, gone or says something else.

    First what works out figures, then the rest of the notices. Where one side has no notice file at all, the other's
    sections are counted and not repeated, so that they bury no change.
    """
    lines = [
        f"{before.id} → {after.id}",
        f"{before.name.zh} → {after.name.zh}",
        f"{before.name.en} → {after.name.en}",
        "",
    ]
    with_notice = [policy for policy in (before, after) if policy.notice != Notice()]
    one_sided = len(with_notice) == 1
    compared = [_without_notice(policy) if one_sided else policy for policy in (before, after)]
    old, new = ({each.key: each for each in sentences(policy)} for policy in compared)
    found = False
    for section, (zh, en) in SECTIONS.items():
        if changes := [*(_gone(section, old, new) or _changes(section, old, new))]:
            found = True
            lines += [f"{zh} · {en}", "", *changes, ""]
    if not found:
        lines += ["没有变化。 Nothing changed.", ""]
    if one_sided:
        lines += _notice_on_one_side(with_notice[0], before is with_notice[0])
    return "\n".join(lines).rstrip()


def _without_notice(policy: Policy) -> Policy:
    """As if no notice file stood beside it: without what only that file says, rests on and cites."""
    file = policy.file.model_copy(update={"notice": Notice()})
    cited = {policy.clauses[key].document for _, part in parts(file) if isinstance(part, Cited) for key in part.source}
    documents = {key: document for key, document in policy.documents.items() if key in cited}
    return Policy(file.model_copy(update={"documents": documents}), policy.digest, policy.benefit_year)


def _notice_on_one_side(policy: Policy, first: bool) -> Iterator[str]:
    """How many sentences of each section only the notice file of `policy` has, and what to do to see them compared."""
    numbers = Counter(each.key[0] for each in of_notice(policy))
    bare = _without_notice(policy)
    numbers["readings"] = len(readings_used(policy)) - len(readings_used(bare))
    numbers["documents"] = len(policy.documents) - len(bare.documents)
    told = [(*SECTIONS[section], numbers[section]) for section in SECTIONS if numbers[section]]
    which_zh, which_en = ("后者", "the second") if first else ("前者", "the first")
    yield "通知其余内容 · The rest of the notice"
    yield ""
    yield (
        f"  {which_zh}旁边没有通知文件（.notice.yaml），这些内容没有比较："
        + "、".join(f"{zh}{number}条" for zh, _, number in told)
        + "。如要比较，请把通知文件放在政策文件旁边。"
    )
    yield (
        f"    Beside {which_en} stands no notice file (.notice.yaml), so these were not compared: "
        + "; ".join(f"{en} {number}" for _, en, number in told)
        + ". To compare them, put the notice file beside the policy file."
    )


def _gone(section: str, old: Iterable[tuple[str, ...]], new: Iterable[tuple[str, ...]]) -> list[str]:
    """A long section of a notice that is there no more, in one sentence; empty where it is short or still there."""
    number = sum(key[0] == section for key in old)
    if section not in NOTICE_SECTIONS or number <= REPEATED_AT_MOST or any(key[0] == section for key in new):
        return []
    return [f"  取消 整节，共{number}条", f"    removed: the whole section, {number} in all"]


def _changes(section: str, old: dict[tuple[str, ...], Said], new: dict[tuple[str, ...], Said]) -> Iterator[str]:
    for key in [*(key for key in old if key not in new), *new]:
        if key[0] != section:
            continue
        was, now = old.get(key), new.get(key)
        if was is None and now is not None:
            yield from (f"  新增 {now.zh}", f"    added: {_one_line(now.en)}")
        elif now is None and was is not None:
            yield from (f"  取消 {was.zh}", f"    removed: {_one_line(was.en)}")
        elif was is not None and now is not None and (was.zh, was.en) != (now.zh, now.en):
            yield from (f"  原 {was.zh}", f"  现 {now.zh}")
            yield from (f"    was: {_one_line(was.en)}", f"    now: {_one_line(now.en)}")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def sentences(policy: Policy) -> Iterator[Said]:
    """Everything that the policy says, in the order of a leaflet."""
    yield from _place(policy)
    yield from _scope(policy)
    yield from (_fee_class(policy, code, part) for code, part in policy.file.classes.items())
    if policy.file.government is not None:
        yield _government(policy, ("government", "everyone"), "每位参保人", "every enrollee", policy.file.government)
    for code, part in policy.file.classes.items():
        if part.government is not None:
            yield _government(policy, ("government", code), part.name.zh, part.name.en, part.government)
    yield from _aid(policy)
    yield from _further(policy)
    yield from _cover(policy)
    yield from _waiting(policy)
    yield from _targets(policy)
    yield from _readings(policy)
    yield from of_notice(policy)
    for key, document in policy.documents.items():
        issuer = f"，{document.issuer}" if document.issuer else ""
        number = f"（{document.number}）" if document.number else ""
        issued = f"，{document.issued_on}" if document.issued_on else ""
        yield Said(("documents", key), f"{document.title}{number}{issuer}{issued}", document.kind)


def _place(policy: Policy) -> Iterator[Said]:
    window, age = policy.window, policy.file.age
    yield Said(
        ("place", "area"),
        f"{policy.place.zh}（{policy.area}，统筹区{policy.pooling_area}），{policy.benefit_year}年度",
        f"{policy.place.en} ({policy.area}, pooling area {policy.pooling_area}), benefit year {policy.benefit_year}",
    )
    loosely_zh, loosely_en = ("，原则上", ", in principle") if window.in_principle else ("", "")
    yield Said(
        ("place", "window"),
        f"集中缴费期：{day_zh(policy.opens)}至{day_zh(policy.closes)}{policy.closes:%H:%M:%S}{loosely_zh}",
        f"Collection window: {policy.opens:%Y-%m-%d} to {policy.closes:%Y-%m-%d %H:%M:%S}{loosely_en}",
        *cited(policy, window),
    )
    on = policy.age_day
    yield Said(
        ("place", "age"),
        f"年龄按{day_zh(on) if on else '缴费（办结）之日'}计算",
        f"Age counts on {on or 'the day of payment'}",
        *cited(policy, age),
    )


def _scope(policy: Policy) -> Iterator[Said]:
    scope = policy.file.scope
    for code, ground in scope.grounds.items():
        yield Said(("scope", code), ground.name.zh, ground.name.en, *cited(policy, ground))
    for code, zh, en in (
        ("employee_insured", "已参加职工医保的", "in employee insurance"),
        ("insured_elsewhere", "同一年度已在外地参保的", "insured elsewhere for the same year"),
    ):
        part = getattr(scope, code)
        may_zh, may_en = ("不能参保", "may not enrol") if part.blocks else ("仍可参保", "may enrol all the same")
        yield Said(("scope", code), f"{zh}，{may_zh}", f"Who is {en} {may_en}", *cited(policy, part))


def _fee_class(policy: Policy, code: str, part: FeeClass) -> Said:
    zh, en = f"{part.name.zh}：{yuan(part.standard_fen)}", f"{part.name.en}: {yuan(part.standard_fen, 'en')}"
    if part.previous_fen is not None:
        zh += f"（上年{yuan(part.previous_fen)}）"
        en += f" (the year before: {yuan(part.previous_fen, 'en')})"
    if part.total_fen is not None:
        zh += f"，连同财政补助共{yuan(part.total_fen)}"
        en += f", together with the government's part {yuan(part.total_fen, 'en')}"
    if part.standard_fen_late is not None:
        zh += f"，逾期{yuan(part.standard_fen_late)}"
        en += f", late: {yuan(part.standard_fen_late, 'en')}"
    return Said(("classes", code), zh, en, *cited(policy, part))


def _government(policy: Policy, key: tuple[str, ...], zh: str, en: str, part: Government) -> Said:
    least_zh, least_en = ("不低于", "at least ") if part.kind == "floor" else ("", "")
    year = part.for_year or policy.benefit_year
    return Said(
        key,
        f"{zh}：{least_zh}{yuan(part.fen)}（{year}年标准）",
        f"{en}: {least_en}{yuan(part.fen, 'en')} (standard of {year})",
        *cited(policy, part),
    )


def _further(policy: Policy) -> Iterator[Said]:
    """Other prices of a class, what else is paid with it, and who else is refused."""
    for fee, part in policy.file.classes.items():
        for code, price in part.prices.items():
            zh, en = phrases.price(price)
            words = (f"{part.name.zh}，{price.name.zh}：{zh}", f"{part.name.en}, {price.name.en}: {en}")
            yield Said(("classes", fee, code), *words, *cited(policy, price))
    for code, product in policy.file.products.items():
        zh, en = phrases.price(product)
        words = (f"{product.name.zh}：{zh}", f"{product.name.en}: {en}")
        yield Said(("classes", "product", code), *words, *cited(policy, product))
    if (none := policy.file.no_class) is not None:
        yield Said(("scope", none.reason), none.words.zh, none.words.en, *cited(policy, none))
    for code, refusal in policy.file.scope.refusals.items():
        yield Said(("scope", "refusal", code), refusal.words.zh, refusal.words.en, *cited(policy, refusal))


def _aid(policy: Policy) -> Iterator[Said]:
    aid = policy.file.aid
    for code, rule in aid.rules.items():
        yield Said(("aid", code), *_aided(rule), *cited(policy, rule))
    order = [CHOICE[name] for name in aid.choose.by]
    yield Said(
        ("aid", "choose"),
        f"符合多项的取一项：{'，其次'.join(zh for zh, _ in order)}，再按文件先后",
        f"Of several one is awarded: {', then '.join(en for _, en in order)}, then the order above",
        *cited(policy, aid.choose),
    )
    if aid.base is not None:
        for code, base in aid.base.classes.items():
            mine, other = policy.file.classes[code], policy.file.classes[base]
            yield Said(
                ("aid", "base", code),
                f"{mine.name.zh}按{other.name.zh}的标准资助",
                f"{mine.name.en}: aided by the standard of {other.name.en}",
                *cited(policy, aid.base),
            )


def _aided(rule: AidRule) -> tuple[str, str]:
    shares = [(PAYER_NAMES[payer], phrases.share(share)) for payer, share in rule.pays.items()]
    zh = "，".join(f"{name[0]}{share[0]}" for name, share in shares)
    en = ", ".join(f"{name[1]} {share[1]}" for name, share in shares)
    return f"{rule.name.zh}：{zh}", f"{rule.name.en}: {en}"


def _cover(policy: Policy) -> Iterator[Said]:
    for code, case in policy.file.cover.items():
        if case.when is None or case.when.any != []:
            (zh, en), (when_zh, when_en) = _case(case), phrases.period(case, policy.benefit_year)
            yield Said(("cover", code), zh + when_zh, en + when_en, *cited(policy, case))


def _case(case: CoverCase) -> tuple[str, str]:
    (zh, en), (counted_zh, counted_en) = STARTS[case.starts], COUNTED[case.counted]
    if case.wait is not None:
        counted_zh, counted_en = phrases.wait(case.wait)
    wait_zh = f"有等待期，{counted_zh}" if case.waits else "没有等待期"
    wait_en = f"with a wait, {counted_en}" if case.waits else "no wait"
    if case.before_year:
        wait_zh, wait_en = f"{wait_zh}，可早于年度第一天", f"{wait_en}, before the year too"
    return f"{case.name.zh}：{zh}，{wait_zh}", f"{case.name.en}: {en}, {wait_en}"


def _waiting(policy: Policy) -> Iterator[Said]:
    waiting = policy.file.waiting
    fixed, added, first = waiting.fixed_months, waiting.added_months_per_gap_year, waiting.first_gap_year_adds
    since, floor, repair, transfer = waiting.gap_years_from, waiting.floor, waiting.repair, waiting.transfer
    told: list[tuple[str, Cited, str, str]] = [
        ("fixed", fixed, f"固定等待期{fixed.value}个月", f"Fixed wait: {fixed.value} months"),
        ("added", added, f"每断保1年增加{added.value}个月", f"Months added for each broken year: {added.value}"),
        (
            "first",
            first,
            "首个断保年度也增加" if first.value else "首个断保年度不增加",
            "the first broken year adds too" if first.value else "the first broken year adds none",
        ),
        ("since", since, f"断保自{since.value}年度起计算", f"Broken years count from {since.value}"),
        (
            "floor",
            floor,
            f"断保{floor.gap_years}年及以上的，合计不少于{floor.months}个月",
            f"{floor.gap_years} or more broken years: not less than {floor.months} months together",
        ),
        (
            "repair",
            repair,
            f"可补缴修复，每补缴1年减少{repair.months_per_year}个月，按本年度本人标准收取，不享受资助"
            if repair.allowed
            else "不能补缴修复",
            f"Repair, at this year's standard and never aided; months taken off for each year: {repair.months_per_year}"
            if repair.allowed
            else "Broken years cannot be repaired",
        ),
        (
            "transfer",
            transfer,
            f"转接：已连续参保{transfer.years_min}年、中断不超过{transfer.gap_months_max}个月",
            f"Transfer: {transfer.years_min} consecutive years and a gap of at most {transfer.gap_months_max} months",
        ),
    ]
    for key, part, zh, en in told:
        yield Said(("waiting", key), zh, en, *cited(policy, part))


def _targets(policy: Policy) -> Iterator[Said]:
    for code, target in policy.targets.items():
        zh, en = MEASURES[target.measure]
        if target.percent is None:
            figure_zh, figure_en = "", ""
        else:
            figure_zh, figure_en = (
                f"：{zh}率{phrases.plain(target.percent)}%",
                f": {phrases.plain(target.percent)} % {en}",
            )
        yield Said(
            ("targets", code), f"{target.name.zh}{figure_zh}", f"{target.name.en}{figure_en}", *cited(policy, target)
        )


def _readings(policy: Policy) -> Iterator[Said]:
    for told in readings_told(policy):
        zh, en = f"{told.code} {told.question.zh}", f"{told.code} {told.question.en}"
        zh += f" 现按：{told.chosen.zh}。{told.whom.zh}"
        en += f"\nWe read: {told.chosen.en}. {told.whom.en}"
        for other in told.others:
            switch = ", ".join(f"{each.path}: {each.value}" for each in other.switches)
            zh += f" 另一读法：{other.words.zh}" + (f"（{switch}）。" if switch else "（没有可改的键）。")
            en += f"\nOr: {other.words.en} " + (f"(set {switch})." if switch else "(no key sets it).")
        if not told.others:
            where = ", ".join(told.to_edit)
            zh += f" 如有不同，修改：{where}。"
            en += f"\nTo change it, edit {where}."
        yield Said(("readings", told.code), zh, en)
