"""The words of every step, in Chinese and English. Made only when a step is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, Final, Literal, TypeAlias

from canbao.kernel.fen import yuan_from_fen

from .model import Words

Language: TypeAlias = Literal["zh", "en"]

PAYER_NAMES: Final[dict[str, tuple[str, str]]] = {
    "medical_assistance_fund": ("医疗救助资金", "the medical assistance fund"),
    "state_finance": ("中央财政", "state finance"),
    "province_finance": ("省级财政", "province finance"),
    "city_finance": ("市财政", "city finance"),
    "county_finance": ("县（区）财政", "county finance"),
    "township_finance": ("镇街财政", "township finance"),
    "village_collective": ("村集体", "the village collective"),
    "school": ("学校", "the school"),
    "other_government": ("政府（层级未写明）", "the government (level not named)"),
}


def yuan(fen: int, language: Language = "zh") -> str:
    """Whole yuan without decimals, otherwise two: 400元, 12.50 yuan."""
    amount = yuan_from_fen(fen).removesuffix(".00")
    return f"{amount}元" if language == "zh" else f"{amount} yuan"


def day_zh(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _moment_zh(moment: datetime) -> str:
    return f"{day_zh(moment)}{moment:%H:%M}"


def _paid_by(payers: Sequence[tuple[str, int]], language: Language) -> str:
    if language == "zh":
        return "、".join(f"{PAYER_NAMES[payer][0]}{yuan(fen)}" for payer, fen in payers)
    return " and ".join(f"{PAYER_NAMES[payer][1]} {yuan(fen, 'en')}" for payer, fen in payers)


def _window_zh(opens: datetime, closes: datetime) -> str:
    end = "" if (closes.hour, closes.minute) == (23, 59) else f"{closes:%H:%M}"
    return f"集中缴费期{day_zh(opens)}至{day_zh(closes)}{end}"


def _window_en(opens: datetime, closes: datetime) -> str:
    end = "" if (closes.hour, closes.minute) == (23, 59) else f" {closes:%H:%M}"
    return f"the collection window, {opens:%Y-%m-%d} to {closes:%Y-%m-%d}{end}"


WHERE_ZH: Final = {"in_window": "在集中缴费期内", "late": "已在集中缴费期之后"}
WHERE_EN: Final = {"in_window": "inside", "late": "after"}
COUNTED_ZH: Final = {
    "same_day": "从{0}起满{1}个月",
    "day_after": "从{0}次日起满{1}个月",
    "payment_month": "从{0}所在月份起算{1}个月",
    "next_month": "{0}之后等待{1}个月，从次月1日起",
    "month_after_next": "{0}之后等待{1}个月，从第二个月1日起",
    "days": "从{0}起{1}个月、每月按{2}天计算",
}
COUNTED_EN: Final = {
    "same_day": "{1} months from {0}",
    "day_after": "{1} months from the day after {0}",
    "payment_month": "{1} months, the month of {0} being the first",
    "next_month": "{1} months after {0}, from the first day of the next month",
    "month_after_next": "{1} months after {0}, from the first day of the second month",
    "days": "{1} months of {2} days from {0}",
}

UNTIL_ZH: Final = {
    "same_day": "等待期满当日",
    "day_after": "等待期满次日",
    "month_start": "等待期满所在月份的第一天",
    "next_month_start": "等待期满次月的第一天",
}
UNTIL_EN: Final = {
    "same_day": "on the day on which the wait is over",
    "day_after": "on the day after the wait is over",
    "month_start": "on the first day of the month in which the wait is over",
    "next_month_start": "on the first day of the month after the wait is over",
}

Say = Callable[..., str]

TEXTS: Final[dict[str, tuple[Say, Say]]] = {
    "words": (lambda words: words.zh, lambda words: words.en),
    "settlement.paid": (
        lambda at, place, o, c: f"缴费成功时间为{_moment_zh(at)}，{WHERE_ZH[place]}（{_window_zh(o, c)}）。",
        lambda at, place, o, c: f"Paid at {at:%Y-%m-%d %H:%M}, {WHERE_EN[place]} {_window_en(o, c)}.",
    ),
    "settlement.registered": (
        lambda at, place, o, c: f"个人无需缴费，以登记日{day_zh(at)}为准，{WHERE_ZH[place]}（{_window_zh(o, c)}）。",
        lambda at, place, o, c: (
            f"Nothing to pay, so registration on {at:%Y-%m-%d} counts: {WHERE_EN[place]} {_window_en(o, c)}."
        ),
    ),
    "settlement.window": (
        lambda at, place, o, c: f"个人无需缴费，按在集中缴费期内办结计算（{_window_zh(o, c)}）。",
        lambda at, place, o, c: f"Nothing to pay, so the person counts as settled inside {_window_en(o, c)}.",
    ),
    "settlement.asked": (
        lambda at, place, o, c: f"按{day_zh(at)}缴费计算，{WHERE_ZH[place]}（{_window_zh(o, c)}）。",
        lambda at, place, o, c: f"Worked out for a payment on {at:%Y-%m-%d}, {WHERE_EN[place]} {_window_en(o, c)}.",
    ),
    "settlement.unknown": (
        lambda at, place, o, c: f"尚不知何时缴费：金额按集中缴费期内计算，日期待缴费后确定（{_window_zh(o, c)}）。",
        lambda at, place, o, c: f"Not yet paid: amounts as inside {_window_en(o, c)}; the dates follow the payment.",
    ),
    "window.extended": (
        lambda closes, document: f"集中缴费期原则上的截止日已按“{document}”延长至{day_zh(closes)}。",
        lambda closes, document: f"The window, closed only in principle, was extended to {closes} by “{document}”.",
    ),
    "settlement.risky": (
        lambda until: f"{day_zh(until)}之后登记的，可能来不及在截止前缴费，请尽快缴费。",
        lambda until: f"Registered after {until}: there may be no day left on which to pay before the close; pay soon.",
    ),
    "scope.employee_insured": (
        lambda: "已参加职工基本医疗保险，不参加居民医保。",
        lambda: "Already in employee medical insurance, so not in the resident scheme.",
    ),
    "scope.insured_elsewhere": (
        lambda: "同一年度已在其他统筹地区参保，不得重复参保；需先在当地停保。",
        lambda: "Already insured elsewhere for the same year; no one is insured twice. Stop the other enrolment first.",
    ),
    "scope.ground": (lambda name: f"可在本地参保：{name.zh}。", lambda name: f"May enrol here: {name.en}."),
    "scope.area_missing": (
        lambda place, names: f"没有户籍地、居住地或学校所在地，无法判断能否在{place.zh}参保，请补充其中一项。",
        lambda place, names: (
            f"No household register, residence or school area is given, so enrolment in {place.en} cannot be judged."
        ),
    ),
    "scope.no_permit": (
        lambda place, names: f"居住在{place.zh}，但不具备参保依据（{_listed(names, 'zh')}）。",
        lambda place, names: f"Lives in {place.en} but has none of the grounds ({_listed(names, 'en')}).",
    ),
    "scope.outside_scope": (
        lambda place, names: f"不在{place.zh}的参保范围（{_listed(names, 'zh')}），请在户籍地、居住地或就学地参保。",
        lambda place, names: (
            f"Outside the scope of {place.en} ({_listed(names, 'en')}); enrol where registered, living or studying."
        ),
    ),
    "age": (
        lambda born, on, age: f"{day_zh(born)}出生，截至{day_zh(on)}{'未出生' if age < 0 else f'满{age}周岁'}。",
        lambda born, on, age: f"Born {born}: {'not yet born' if age < 0 else f'{age} completed years'} on {on}.",
    ),
    "class": (lambda name: f"缴费类别：{name.zh}。", lambda name: f"Fee class: {name.en}."),
    "standard": (
        lambda name, fen, year: f"{year}年度{name.zh}个人缴费标准为每人{yuan(fen)}。",
        lambda name, fen, year: f"The personal standard of {name.en} for {year} is {yuan(fen, 'en')}.",
    ),
    "standard.price": (
        lambda name, fen, year, price: f"{year}年度{name.zh}按“{price.zh}”缴{yuan(fen)}。",
        lambda name, fen, year, price: f"{name.en} for {year}, {price.en}: {yuan(fen, 'en')}.",
    ),
    "government.own": (
        lambda fen: f"全额缴费：财政补助部分{yuan(fen)}也由本人承担，政府不再补助。",
        lambda fen: f"Full cost: the government's part of {yuan(fen, 'en')} is paid by the person too.",
    ),
    "line": (
        lambda name, fen, payers: f"同时缴纳{name.zh}{yuan(fen)}，不享受资助。",
        lambda name, fen, payers: f"Paid together with it: {name.en}, {yuan(fen, 'en')}, not aided.",
    ),
    "line.aided": (
        lambda name, fen, payers: f"同时缴纳{name.zh}{yuan(fen)}，其中{_paid_by(payers, 'zh')}。",
        lambda name, fen, payers: (
            f"Paid together with it: {name.en}, {yuan(fen, 'en')}, of it by {_paid_by(payers, 'en')}."
        ),
    ),
    "government.exact": (
        lambda fen, year: f"此外政府为每位参保人补助{yuan(fen)}（{year}年标准）。",
        lambda fen, year: f"Besides, the government pays {yuan(fen, 'en')} for every enrollee (standard of {year}).",
    ),
    "government.floor": (
        lambda fen, year: f"此外政府为每位参保人补助不低于{yuan(fen)}（{year}年度）。",
        lambda fen, year: f"Besides, the government pays at least {yuan(fen, 'en')} for every enrollee ({year}).",
    ),
    "aid.award": (
        lambda name, payers: f"{name.zh}：由{_paid_by(payers, 'zh')}承担。",
        lambda name, payers: f"{name.en}: paid by {_paid_by(payers, 'en')}.",
    ),
    "aid.nothing": (
        lambda name: f"{name.zh}：本公告没有给出资助金额，按0元计算。",
        lambda name: f"{name.en}: the notice gives no amount, counted as 0 yuan.",
    ),
    "aid.other": (
        lambda name, fen: f"也符合{name.zh}（{yuan(fen)}），不重复享受。",
        lambda name, fen: f"Also entitled to {name.en} ({yuan(fen, 'en')}); not enjoyed twice.",
    ),
    "aid.base": (
        lambda base, more: f"资助以{yuan(base)}的标准为限，其余{yuan(more)}由个人承担。",
        lambda base, more: (
            f"Aid is limited to the standard of {yuan(base, 'en')}; the other {yuan(more, 'en')} are the person's."
        ),
    ),
    "personal": (
        lambda standard, aided: f"个人应缴{yuan(standard - aided)}（标准{yuan(standard)}－资助{yuan(aided)}）。",
        lambda standard, aided: (
            f"The person pays {yuan(standard - aided, 'en')} "
            f"(standard {yuan(standard, 'en')} less aid {yuan(aided, 'en')})."
        ),
    ),
    "year_over": (
        lambda end: f"该年度已于{day_zh(end)}结束，不能再参保。",
        lambda end: f"The benefit year ended on {end}; enrolment is no longer possible.",
    ),
    "repair.exceeds": (
        lambda years, gap: f"要求补缴{years}年，超过断保年数{gap}年，请改为不超过{gap}年。",
        lambda years, gap: f"{years} years to repair exceed the {gap} broken years; ask for {gap} at most.",
    ),
    "repair.charge": (
        lambda years, fen: f"补缴修复{years}年，按本年度个人缴费标准另收{yuan(fen)}，不享受资助。",
        lambda years, fen: f"Repairing {years} years costs {yuan(fen, 'en')} more at this year's standard, not aided.",
    ),
    "repair.useless": (
        lambda years: f"其中{years}年不能缩短等待期，缴费前请确认是否需要。",
        lambda years: f"{years} of these years shorten nothing; confirm before paying.",
    ),
    "gap_years": (
        lambda years, first: f"断保{years}年（自{first}年度起计算）。",
        lambda years, first: f"{years} broken years (counted from {first}).",
    ),
    "waiting.none": (
        lambda name: f"{name.zh}：没有待遇等待期。",
        lambda name: f"{name.en}: no waiting period.",
    ),
    "waiting.fixed": (
        lambda months: f"固定待遇等待期{months}个月。",
        lambda months: f"Fixed waiting period of {months} months.",
    ),
    "waiting.added": (
        lambda gap, per, repaired: f"每断保1年增加{per}个月，断保{gap}年，补缴{repaired}年。",
        lambda gap, per, repaired: f"{per} more month for each broken year: {gap} broken, {repaired} repaired.",
    ),
    "waiting.added_further": (
        lambda gap, per, repaired: f"每多断保1年增加{per}个月（首个断保年度不增加），断保{gap}年，补缴{repaired}年。",
        lambda gap, per, repaired: (
            f"{per} more month for each further broken year (the first adds none): {gap} broken, {repaired} repaired."
        ),
    ),
    "waiting.floor": (
        lambda years, months: f"连续断保{years}年及以上，等待期合计不少于{months}个月。",
        lambda years, months: f"{years} or more broken years in a row: not less than {months} months together.",
    ),
    "waiting.total": (
        lambda months: f"待遇等待期共{months}个月，期间医疗费用由个人承担。",
        lambda months: f"The waiting period is {months} months; costs in it are borne by the person.",
    ),
    "waiting.days": (
        lambda days: f"待遇等待期共{days}天，期间医疗费用由个人承担。",
        lambda days: f"The waiting period is {days} days; costs in it are borne by the person.",
    ),
    "cover.after_own_wait": (
        lambda start, months, on, case: f"{day_zh(on)}办结，{UNTIL_ZH[case.wait.until]}，{day_zh(start)}起享受待遇。",
        lambda start, months, on, case: f"Settled on {on}, {UNTIL_EN[case.wait.until]}: covered from {start}.",
    ),
    "cover.after_waiting": (
        lambda start, months, on, case: (
            f"{COUNTED_ZH[case.counted].format(day_zh(on), months, case.days_per_month)}，{day_zh(start)}起享受待遇。"
        ),
        lambda start, months, on, case: (
            f"{COUNTED_EN[case.counted].format(on, months, case.days_per_month)}: covered from {start}."
        ),
    ),
    "cover.settlement": (
        lambda start, *_: f"从缴费（办结）之日起，{day_zh(start)}开始享受待遇。",
        lambda start, *_: f"From the day of settlement: covered from {start}.",
    ),
    "cover.settlement_in_year": (
        lambda start, *_: f"{day_zh(start)}起享受待遇。",
        lambda start, *_: f"Covered from {start}.",
    ),
    "cover.year_start": (
        lambda start, *_: f"从年度第一天{day_zh(start)}起享受待遇。",
        lambda start, *_: f"Covered from the first day of the year, {start}.",
    ),
    "cover.birth": (
        lambda start, *_: f"从出生之日{day_zh(start)}起享受待遇。",
        lambda start, *_: f"Covered from birth, {start}.",
    ),
    "cover.not_before_period": (
        lambda start, *_: f"本年度待遇享受期从{day_zh(start)}开始，自该日起享受待遇。",
        lambda start, *_: f"The period of cover begins on {start}: covered from that day.",
    ),
    "cover.day_after_settlement": (
        lambda start, *_: f"从缴费（办结）次日起，{day_zh(start)}开始享受待遇。",
        lambda start, *_: f"From the day after settlement: covered from {start}.",
    ),
    "cover.month_after_settlement": (
        lambda start, *_: f"从缴费次月{day_zh(start)}起享受待遇。",
        lambda start, *_: f"Covered from the month after payment, {start}.",
    ),
    "cover.end": (
        lambda end: f"待遇享受期至{day_zh(end)}。",
        lambda end: f"The last covered day is {end}.",
    ),
    "cover.nothing": (
        lambda end: f"等待期满时本年度（至{day_zh(end)}）已结束，本年度没有待遇。",
        lambda end: f"When the wait is over the benefit year (to {end}) has ended: no cover this year.",
    ),
    "cover.born_after": (
        lambda born, end: (
            f"{day_zh(born)}出生，本年度（至{day_zh(end)}）已结束，没有待遇；缴费前请核对出生日期和年度。"
        ),
        lambda born, end: (
            f"Born {born}, after the benefit year (to {end}): no cover this year; check the birth date and the year "
            "before paying."
        ),
    ),
}


def _listed(names: Sequence[Words], language: Language) -> str:
    return ("；" if language == "zh" else "; ").join(getattr(name, language) for name in names)


def render(words: str, language: Language, values: tuple[Any, ...]) -> str:
    say = TEXTS[words][0 if language == "zh" else 1]
    return say(*values)
