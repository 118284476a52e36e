"""From the facts of a person to a bill that could be issued, or the reason why not. Writes nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from canbao.billing import refusals
from canbao.billing.models import RESIDENT_PAYS, Bill, BillState, LineItem
from canbao.enrolment import queries as enrolment
from canbao.kernel.clock import SHANGHAI
from canbao.policy import Answer, BadPerson, Policy, policies, quote
from canbao.policy.codes import PAYERS

if TYPE_CHECKING:
    from canbao.billing.situated import Answered, Situated

# Who a person is has no influence on what is owed; the bill names its resident by id.
_IDENTITY = ("person_id",)


@dataclass(frozen=True, slots=True)
class Line:
    """What one payer owes: `item` of LineItem, `payer` is `resident` or a payer of contract.md."""

    item: str
    payer: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class BillDraft:
    """A bill before it is issued; amounts in fen."""

    policy_digest: str
    facts: dict[str, Any]
    facts_digest: str
    quoted_on: date | None
    class_code: str
    standard_fen: int
    personal_fen: int
    repair_fen: int
    award: str | None
    universal_subsidy_fen: int | None
    provisional: bool
    lines: tuple[Line, ...]

    @property
    def payable_fen(self) -> int:
        return self.personal_fen + self.repair_fen

    def same_as(self, bill: Bill | LiveBill) -> bool:
        """Whether issuing this draft would give the very bill that is there."""
        pinned = (self.facts_digest, self.policy_digest) == (bill.facts_digest, bill.policy_digest)
        return pinned and self.costs(bill)

    def costs(self, bill: Bill | LiveBill) -> bool:
        """Whether everybody owes what the bill says, and for the same reason."""
        own = (self.class_code, self.standard_fen, self.personal_fen, self.repair_fen, self.award)
        return own == (bill.class_code, bill.standard_fen, bill.personal_fen, bill.repair_fen, bill.award)


class LiveBill(NamedTuple):
    """What a run needs to know of a live bill: rows of the model cost it more than working the bills out."""

    pk: int
    pooling_area: str
    resident_id: int
    benefit_year: int
    state: str
    policy_digest: str
    facts_digest: str
    class_code: str
    standard_fen: int
    personal_fen: int
    repair_fen: int
    award: str | None

    @property
    def payable_fen(self) -> int:
        return self.personal_fen + self.repair_fen


class Verdict(StrEnum):
    """What a draft means for the live bill that is there."""

    ISSUE = "issue"
    KEEP = "keep"
    PAID_AND_CHANGED = "paid_and_changed"


def verdict(draft: BillDraft, live: Bill | LiveBill | None) -> Verdict:
    """An open bill gives way to any other one; a settled bill stays, and must still cost the same."""
    if live is None:
        return Verdict.ISSUE
    if live.state == BillState.SETTLED:
        return Verdict.KEEP if draft.costs(live) else Verdict.PAID_AND_CHANGED
    return Verdict.KEEP if draft.same_as(live) else Verdict.ISSUE


@dataclass(frozen=True, slots=True)
class NoBill:
    """Why the policy allows no bill: a reason of contract.md, or `bad_facts`."""

    code: str
    zh: str
    en: str


def not_yet(
    draft: BillDraft | NoBill, live: Bill | LiveBill | None, first: date | None, unmaintained: bool = False
) -> NoBill | None:
    """The reason why this draft has to wait: its person may not pay before `first` (None: at once), or pays late where
    the notice wants his data maintained before that.
    """
    if live is not None or isinstance(draft, NoBill) or not draft.payable_fen:
        return None
    if first is None and not unmaintained:
        return None
    refusal = refusals.not_payable_yet(first) if first is not None else refusals.not_maintained("", "")
    return NoBill(refusal.code, refusal.zh, refusal.en)


def without_identity(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that a policy may distinguish."""
    return {column: value for column, value in facts.items() if column not in _IDENTITY}


def digest_of(facts: Mapping[str, Any]) -> str:
    """sha256 over the facts in canonical JSON."""
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def day_of_quote(policy: Policy, now: datetime) -> date | None:
    """The day that decides the figures at `now`: None as long as the window is still open."""
    local = now.astimezone(SHANGHAI).replace(tzinfo=None)
    return local.date() if local > policy.closes else None


class Drafter:
    """Drafts bills under one policy at one moment; people with the same facts are worked out once."""

    def __init__(self, policy: Policy, now: datetime) -> None:
        self.policy = policy
        self.quoted_on = day_of_quote(policy, now)
        self._known: dict[str, BillDraft | NoBill] = {}
        self._situated: Situated | None = None
        self._lines: dict[int, tuple[Line, ...]] = {}

    def draft(self, facts: Mapping[str, Any]) -> BillDraft | NoBill:
        pinned = without_identity(facts)
        digest = digest_of(pinned)
        known = self._known.get(digest)
        if known is None:
            known = self._known[digest] = self._work_out(facts, pinned, digest)
        return known

    def drafts(self, people: Sequence[Mapping[str, Any]]) -> list[BillDraft | NoBill]:
        """As `draft` for each, in order; inside the window the rules are asked once for each situation."""
        if self.quoted_on is not None:
            return [self.draft(facts) for facts in people]
        # Polars is loaded by whoever needs it, not by every process that starts.
        from canbao.billing.situated import Situated

        if self._situated is None:
            self._situated = Situated(self.policy)
        answers = self._situated.answers(people)
        return [
            self._of_situation(facts, answer) if answer and answer.figures["eligible"] else self.draft(facts)
            for facts, answer in zip(people, answers, strict=True)
        ]

    def _of_situation(self, facts: Mapping[str, Any], answer: Answered) -> BillDraft:
        pinned, figures = without_identity(facts), answer.figures
        lines = self._lines.get(answer.number)
        if lines is None:
            payers = {payer: figures[f"{payer}_fen"] for payer in PAYERS}
            owed = owed_lines(figures["personal_fen"], payers, figures["repair_fen"])
            lines = self._lines[answer.number] = tuple(owed)
        return BillDraft(
            policy_digest=self.policy.digest,
            facts=pinned,
            facts_digest=digest_of(pinned),
            quoted_on=None,
            class_code=figures["class"],
            standard_fen=figures["standard_fen"],
            personal_fen=figures["personal_fen"],
            repair_fen=figures["repair_fen"],
            award=figures["award"],
            universal_subsidy_fen=figures["universal_subsidy_fen"],
            provisional=answer.provisional,
            lines=lines,
        )

    def _work_out(self, facts: Mapping[str, Any], pinned: dict[str, Any], digest: str) -> BillDraft | NoBill:
        try:
            answer = quote(self.policy, facts, on=self.quoted_on)
        except BadPerson as bad:
            zh = "；".join(f"{fault.column}：{fault.zh}" for fault in bad.faults)
            return NoBill("bad_facts", zh, "; ".join(f"{fault.column}: {fault.en}" for fault in bad.faults))
        if not answer.eligible:
            step = answer.steps[-1]
            return NoBill(answer.reason or "not_eligible", step.text_zh, step.text_en)
        return BillDraft(
            policy_digest=self.policy.digest,
            facts=pinned,
            facts_digest=digest,
            quoted_on=self.quoted_on,
            class_code=answer.klass or "",
            standard_fen=answer.standard_fen or 0,
            personal_fen=answer.personal_fen or 0,
            repair_fen=answer.repair_fen or 0,
            award=answer.award,
            universal_subsidy_fen=answer.universal_subsidy_fen,
            provisional=answer.provisional,
            lines=tuple(lines_of(answer)),
        )


class PlaceDrafter:
    """Drafts bills of a place: where some villages' window was extended, theirs under the policy as it stands there."""

    def __init__(self, policy_id: str, now: datetime) -> None:
        self.policy = policies.get(policy_id)
        self._now = now
        self._windows = enrolment.Windows(policy_id)
        self._drafters: dict[str, Drafter] = {}

    def draft(self, facts: Mapping[str, Any], village_code: str) -> BillDraft | NoBill:
        return self._of(village_code).draft(facts)

    def drafts(self, people: Sequence[tuple[Mapping[str, Any], str]]) -> list[BillDraft | NoBill]:
        """As `draft` for each, in order, with much less work for many."""
        places = {village: self._of(village) for village in {village for _, village in people}}
        found: list[BillDraft | NoBill | None] = [None] * len(people)
        for drafter in {id(one): one for one in places.values()}.values():
            own = [at for at, (_, village) in enumerate(people) if places[village] is drafter]
            for at, draft in zip(own, drafter.drafts([people[at][0] for at in own]), strict=True):
                found[at] = draft
        return [draft for draft in found if draft is not None]

    def _of(self, village_code: str) -> Drafter:
        policy = self._windows.policy_at(village_code)
        if policy.digest not in self._drafters:
            self._drafters[policy.digest] = Drafter(policy, self._now)
        return self._drafters[policy.digest]


def lines_of(answer: Answer) -> Iterator[Line]:
    """One line for each payer who owes something; they add up to the standard and the repaired years."""
    return owed_lines(answer.personal_fen, answer.payers, answer.repair_fen)


def owed_lines(personal_fen: int | None, payers: Mapping[str, int | None], repair_fen: int | None) -> Iterator[Line]:
    if personal_fen:
        yield Line(LineItem.CONTRIBUTION, RESIDENT_PAYS, personal_fen)
    for payer, fen in payers.items():
        if fen:
            yield Line(LineItem.CONTRIBUTION, payer, fen)
    if repair_fen:
        yield Line(LineItem.REPAIR, RESIDENT_PAYS, repair_fen)
