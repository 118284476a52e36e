"""One person and one benefit year: everything that is known, from enrolment to cover, and the one next thing to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from django.utils.translation import get_language, gettext

from canbao.areas import queries as areas
from canbao.billing import standing
from canbao.billing.drafts import Line
from canbao.billing.models import Bill, BillState
from canbao.enrolment import queries as enrolment
from canbao.enrolment.models import Enrolment
from canbao.entitlement import queries as entitlement
from canbao.entitlement.models import Cover
from canbao.faces.figures import Strip, strip
from canbao.faces.reasons import StepShown, steps_of
from canbao.faces.templatetags.kit import day, money
from canbao.kernel.clock import SHANGHAI, Clock
from canbao.kernel.scope import Scope
from canbao.ledger.queries import EntryCard
from canbao.payments.models import Payment
from canbao.policy import Answer, BadPerson, Policy, policies, quote
from canbao.policy.notice import Route
from canbao.registry import queries as registry
from canbao.registry.models import Resident

NOT_BLOCKING = (None, "tier_missing")
State = Literal["done", "now", "later", "wrong"]
NextStep = Literal["enrol", "choose_tier", "issue", "reissue", "maintain", "pay", "none"]


@dataclass(frozen=True)
class Link:
    """One link of the chain from enrolment to cover."""

    state: State
    what: str
    detail: str


@dataclass(frozen=True)
class Verdict:
    """The page in one sentence. `kind` colours it; `next_step` is the one thing to do."""

    kind: Literal["good", "wait", "bad", "accent"]
    words: str
    more: str
    next_step: NextStep


@dataclass(frozen=True)
class PersonYear:
    resident: Resident
    benefit_year: int
    years: list[int]
    policy: Policy | None
    enrolment: Enrolment | None
    bill: Bill | None
    payment: Payment | None
    entry: EntryCard | None
    cover: Cover | None
    policy_unchanged: bool | None
    answer: Answer | None
    refused: str
    steps: list[StepShown]
    strip: Strip | None
    links: list[Link]
    verdict: Verdict
    outdated: bool

    @property
    def last_covered(self) -> date | None:
        return self.cover.last_day if self.cover else None


def policies_for(resident: Resident) -> list[Policy]:
    """The policies of the resident's pooling area, latest year first."""
    own = [policy for policy in policies.all() if policy.pooling_area == resident.pooling_area]
    return sorted(own, key=lambda policy: policy.benefit_year, reverse=True)


def person_year(scope: Scope, resident_id: int, benefit_year: int | None, clock: Clock) -> PersonYear:
    """Everything about the person and year inside the scope; None is the latest year. Raises ResidentNotFound."""
    resident = registry.resident(scope, resident_id)
    known = policies_for(resident)
    enrolments = enrolment.enrolments_of(scope, resident_id)
    known_years = {*(policy.benefit_year for policy in known), *(row.benefit_year for row in enrolments)}
    year = benefit_year or max(known_years, default=clock.today().year)
    years = sorted(known_years | {year}, reverse=True)
    trace = entitlement.trace_person_year(scope, resident_id, year)
    enrolled, bill, cover = trace.enrolment, trace.bill, trace.cover
    own = next((policy for policy in known if policy.benefit_year == year), None)
    policy = enrolment.policy_at(own.id, resident.village_code) if own else None
    paid = next((row for row in trace.payments if bill is not None and row.bill_id == bill.pk), None)
    facts = enrolment.facts(scope, resident_id, year)
    settled = bill is not None and bill.state == BillState.SETTLED
    # Nothing is worked out for somebody who has died, unless it explains what was settled in life.
    open_to = policy if resident.died_on is None or settled else None
    asked = _asked(open_to, bill, paid, facts, clock) if open_to else None
    answer, refused = _answer(policy, asked)
    outdated = _is_outdated(bill, trace.lines, answer, enrolled, facts, clock)
    due = enrolment.maintenance_due(policy, enrolled, clock.now()) if policy and enrolled else None
    drawn = _strip(year, answer, cover, paid, clock) if answer and answer.eligible else None
    return PersonYear(
        resident=resident,
        benefit_year=year,
        years=years,
        policy=policy,
        enrolment=enrolled,
        bill=bill,
        payment=paid,
        entry=trace.entry,
        cover=cover,
        policy_unchanged=trace.policy_unchanged,
        answer=answer,
        refused=refused,
        steps=steps_of(policy, answer, *asked) if policy and answer and asked else [],
        strip=drawn,
        links=_chain(
            enrolled,
            bill,
            paid,
            cover,
            blocked=bool(refused) or (answer is not None and answer.reason not in NOT_BLOCKING),
        ),
        verdict=_verdict(resident, enrolled, bill, cover, answer, refused, outdated, due),
        outdated=outdated,
    )


Asked = tuple[dict[str, Any], date | None]


def _asked(policy: Policy, bill: Bill | None, paid: Payment | None, facts: dict[str, Any], clock: Clock) -> Asked:
    """Facts and day that explain a settled bill; else today's facts and paying now."""
    if bill is None:
        return facts, max(clock.today(), policy.opens.date())
    if bill.state == BillState.SETTLED:
        return entitlement.facts_at(bill, paid.paid_at if paid else None), bill.quoted_on
    return standing.facts_at(facts, bill.personal_fen, _payable_at(policy, clock)), bill.quoted_on


def _payable_at(policy: Policy, clock: Clock) -> datetime:
    """The moment at which a payment would count: now, or the opening of the window before it."""
    return max(clock.now(), policy.opens.replace(tzinfo=SHANGHAI))


def _is_outdated(
    bill: Bill | None,
    lines: tuple[Line, ...],
    answer: Answer | None,
    enrolled: Enrolment | None,
    facts: dict[str, Any],
    clock: Clock,
) -> bool:
    """Whether an open bill is no longer what today's facts give, so that the counter would refuse it."""
    if bill is None or bill.state != BillState.ISSUED or answer is None:
        return False
    if enrolled is None or enrolled.policy_id != bill.policy_id or not answer.eligible:
        return True
    return not standing.stands(bill, lines, answer, facts, _payable_at(policies.get(bill.policy_id), clock))


def _answer(policy: Policy | None, asked: Asked | None) -> tuple[Answer | None, str]:
    """The policy's answer, or None and why there is none."""
    if policy is None or asked is None:
        return None, gettext("这个统筹区还没有这一年度的政策文件。")
    facts, on = asked
    try:
        return quote(policy, facts, on=on), ""
    except BadPerson as bad:
        return None, gettext("；").join(_local(fault.zh, fault.en) for fault in bad.faults)


def _local(zh: str, en: str) -> str:
    return en if (get_language() or "").startswith("en") else zh


def _strip(year: int, answer: Answer, cover: Cover | None, paid: Payment | None, clock: Clock) -> Strip:
    start, last = answer.benefit_start, answer.benefit_end
    if cover is not None:
        start, last = cover.cover_from, cover.last_day
    waits_from = None
    if answer.waiting_months:
        settled = paid.paid_at.astimezone(SHANGHAI).date() if paid else clock.today()
        waits_from = max(settled, date(year, 1, 1))
    return strip(year, start, last, waits_from)


def _chain(
    enrolled: Enrolment | None, bill: Bill | None, paid: Payment | None, cover: Cover | None, *, blocked: bool
) -> list[Link]:
    found: list[tuple[str, str | None]] = [
        (gettext("参保登记"), day(enrolled.registered_on) if enrolled else None),
        (gettext("应缴单"), f"{money(bill.payable_fen)} · {day(bill.issued_at)}" if bill else None),
        (gettext("缴费"), _paid_in_words(bill, paid)),
        (gettext("入账"), _entered_in_words(bill)),
        (gettext("享受待遇"), _covered_in_words(cover)),
    ]
    links: list[Link] = []
    open_so_far = True
    for what, detail in found:
        if detail is not None:
            links.append(Link("done", what, detail))
        elif open_so_far:
            open_so_far = False
            links.append(Link("wrong" if blocked else "now", what, gettext("办不了") if blocked else gettext("下一步")))
        else:
            links.append(Link("later", what, gettext("还没有")))
    return links


def _paid_in_words(bill: Bill | None, paid: Payment | None) -> str | None:
    if paid is not None:
        return f"{money(paid.amount_fen)} · {day(paid.paid_at)}"
    if bill is not None and bill.state == BillState.SETTLED:
        return gettext("个人不用缴")
    return None


def _entered_in_words(bill: Bill | None) -> str | None:
    if bill is None or bill.state != BillState.SETTLED:
        return None
    if bill.settled_entry_id is None:
        return gettext("没有钱款往来")
    return gettext("第 %(id)s 号分录") % {"id": bill.settled_entry_id}


def _covered_in_words(cover: Cover | None) -> str | None:
    if cover is None:
        return None
    if cover.cover_from is None:
        return gettext("本年度没有待遇")
    return gettext("%(from)s起") % {"from": day(cover.cover_from)}


def _verdict(
    resident: Resident,
    enrolled: Enrolment | None,
    bill: Bill | None,
    cover: Cover | None,
    answer: Answer | None,
    refused: str,
    outdated: bool,
    due: Route | None,
) -> Verdict:
    """`due` is the route by which the data have to be maintained before a late payment."""
    if bill is not None and bill.state == BillState.SETTLED:
        return _settled(bill, cover)
    if resident.died_on is not None:
        gone = gettext("%(day)s去世，不再参保缴费。") % {"day": day(resident.died_on)}
        return Verdict("bad", gone, "", "none")
    if enrolled is not None and due is not None and answer is not None and answer.personal_fen:
        return Verdict("wait", gettext("缴费期已过，要先做补缴数据维护，再缴费。"), _if_paid_now(answer), "maintain")
    if bill is not None and answer is not None and outdated:
        return _outdated(bill, enrolled, answer)
    if bill is not None:
        words = gettext("应缴 %(amount)s，还没有缴。") % {"amount": money(bill.payable_fen)}
        return Verdict("wait", words, _if_paid_now(answer), "pay")
    if answer is None:
        return Verdict("bad", gettext("现在算不出应缴多少。"), refused, "none")
    if answer.reason == "tier_missing":
        words = gettext("还没有选缴费档次，开不了应缴单。")
        return Verdict("accent", words, "", "choose_tier" if enrolled else "enrol")
    if not answer.eligible:
        return Verdict("bad", gettext("不能在这里参保。"), _last_step(answer), "none")
    would_pay = gettext("按现在的情况，个人应缴 %(amount)s。") % {"amount": money(answer.personal_fen)}
    if enrolled is None:
        return Verdict("accent", gettext("还没有参保登记。"), would_pay, "enrol")
    return Verdict("accent", gettext("已登记，还没有开应缴单。"), would_pay, "issue")


def _settled(bill: Bill, cover: Cover | None) -> Verdict:
    paid = gettext("已缴 %(amount)s") % {"amount": money(bill.payable_fen)}
    if not bill.payable_fen:
        paid = gettext("个人不用缴费")
    if cover is None or cover.cover_from is None or cover.last_day is None:
        return Verdict("wait", gettext("%(paid)s，等待期满已过本年度，没有待遇。") % {"paid": paid}, "", "none")
    words = gettext("%(paid)s，%(from)s起享受待遇。") % {"paid": paid, "from": day(cover.cover_from)}
    more = gettext("到%(last)s。") % {"last": day(cover.last_day)}
    if cover.waiting_months:
        more += gettext("先等待了 %(n)s 个月。") % {"n": cover.waiting_months}
    return Verdict("good", words, more, "none")


def _outdated(bill: Bill, enrolled: Enrolment | None, answer: Answer) -> Verdict:
    """What became of an open bill: usually another one, sometimes none."""
    if enrolled is None:
        return Verdict("bad", gettext("已停保，这张应缴单不能再收。"), "", "none")
    if not answer.eligible:
        return Verdict("bad", gettext("现在不能在这里参保，这张应缴单不能再收。"), _last_step(answer), "none")
    old, new = bill.payable_fen, (answer.personal_fen or 0) + (answer.repair_fen or 0)
    if old != new:
        words = gettext("应缴单是 %(old)s，现在应为 %(new)s，要先重开。") % {"old": money(old), "new": money(new)}
        return Verdict("wait", words, gettext("开单以后情况或日期变了。重开以后才能收款。"), "reissue")
    words = gettext("应缴单已经过时，要先重开，金额仍是 %(old)s。") % {"old": money(old)}
    return Verdict("wait", words, gettext("开单以后情况或日期变了，资助或享受时间不同。重开以后才能收款。"), "reissue")


def _if_paid_now(answer: Answer | None) -> str:
    if answer is None or answer.benefit_start is None:
        return gettext("现在缴，本年度也没有待遇。") if answer and answer.waiting_months else ""
    return gettext("现在缴，%(from)s起享受待遇。") % {"from": day(answer.benefit_start)}


def _last_step(answer: Answer) -> str:
    return _local(answer.steps[-1].text_zh, answer.steps[-1].text_en) if answer.steps else ""


def village_path(resident: Resident) -> str:
    return " ".join(step.name for step in areas.path(resident.village_code)[1:])
