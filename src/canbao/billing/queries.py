"""The only readers of bills."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet
from django.db.models.expressions import RawSQL

from canbao.areas import queries as areas
from canbao.billing import refusals
from canbao.billing.drafts import Line, NoBill, PlaceDrafter, Verdict, not_yet, verdict
from canbao.billing.models import LIVE, Bill, BillLine, BillRefusal, BillRun, BillState
from canbao.enrolment import queries as enrolment
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope, area_prefix
from canbao.policy import Policy, policies


def visible(scope: Scope) -> QuerySet[Bill]:
    """The bills of residents who are looked after inside the scope now; `village_code` says where it was at issue."""
    return Bill.objects.filter(scope.q("resident__village_code"), pooling_area__in=areas.pooling_codes(scope))


def bill(scope: Scope, bill_id: int) -> Bill:
    """Refuses `bill_not_found`, outside the scope too."""
    found = visible(scope).filter(pk=bill_id).first()
    if found is None:
        raise refusals.bill_not_found(bill_id)
    return found


def live_bill(scope: Scope, resident_id: int, benefit_year: int) -> Bill | None:
    """The one open or settled bill of the resident and year."""
    return visible(scope).filter(resident_id=resident_id, benefit_year=benefit_year, state__in=LIVE).first()


def latest_bill(scope: Scope, resident_id: int, benefit_year: int) -> Bill | None:
    """The live bill of the resident and year, else the last whose money went back."""
    live = live_bill(scope, resident_id, benefit_year)
    refunded = visible(scope).filter(resident_id=resident_id, benefit_year=benefit_year, state=BillState.REFUNDED)
    return live or refunded.order_by("-pk").first()


def open_bills(scope: Scope, policy_id: str, area_code: str) -> QuerySet[Bill]:
    """Issued and not yet settled, by village; `resident` is fetched along."""
    inside = visible(scope).filter(policy_id=policy_id, state=BillState.ISSUED)
    return (
        inside.filter(resident__village_code__startswith=area_prefix(area_code))
        .select_related("resident")
        .order_by("resident__village_code", "resident_id")
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """How many live bills of a policy the scope holds, how many of them are provisional, and the last id."""

    bills: int
    provisional: int
    latest: int


def standing_of(scope: Scope, policy: Policy) -> Standing:
    """Changes whenever a bill of the policy is issued, settled or voided in the scope, but for a settlement alone."""
    found = _live(scope, policy).aggregate(
        bills=Count("pk"), provisional=Count("pk", filter=Q(provisional=True)), latest=Max("pk")
    )
    return Standing(found["bills"], found["provisional"], found["latest"] or 0)


def provisional_facts(
    scope: Scope, policy: Policy, size: int = 20_000
) -> Iterator[tuple[date | None, list[dict[str, Any]]]]:
    """The facts of the live provisional bills of a policy in batches, each with the day that they were quoted on."""
    inside = _live(scope, policy).filter(provisional=True)
    for quoted_on in list(inside.order_by("quoted_on").values_list("quoted_on", flat=True).distinct()):
        last = 0
        while True:
            rows = inside.filter(quoted_on=quoted_on) if quoted_on else inside.filter(quoted_on__isnull=True)
            batch = list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", "facts")[:size])
            if not batch:
                break
            last = batch[-1][0]
            yield quoted_on, [facts for _, facts in batch]


def _live(scope: Scope, policy: Policy) -> QuerySet[Bill]:
    return visible(scope).filter(policy_id=policy.id, benefit_year=policy.benefit_year, state__in=LIVE)


def lines(bill: Bill) -> tuple[Line, ...]:
    """The lines of a bill that the caller may see, the resident's first."""
    rows = BillLine.objects.filter(pooling_area=bill.pooling_area, bill_id=bill.pk)
    return _in_order(Line(row.item, row.payer, row.amount_fen) for row in rows)


def lines_by_bill(found: Sequence[Bill]) -> dict[int, tuple[Line, ...]]:
    """Bill id → as `lines` for each of the bills, read at once."""
    own: dict[int, list[Line]] = {bill.pk: [] for bill in found}
    rows = BillLine.objects.filter(pooling_area__in={bill.pooling_area for bill in found}, bill_id__in=own)
    for bill_id, item, payer, fen in rows.values_list("bill_id", "item", "payer", "amount_fen"):
        own[bill_id].append(Line(item, payer, fen))
    return {bill_id: _in_order(lines) for bill_id, lines in own.items()}


def _in_order(found: Iterable[Line]) -> tuple[Line, ...]:
    return tuple(sorted(found, key=lambda line: (line.item, line.payer != "resident", line.payer)))


def refusal_of(scope: Scope, resident_id: int, benefit_year: int) -> BillRefusal | None:
    """Why an enrolled resident has no bill, as the last run found it."""
    return _refusals(scope).filter(resident_id=resident_id, benefit_year=benefit_year).first()


def refusals_in(scope: Scope, policy_id: str, area_code: str) -> QuerySet[BillRefusal]:
    """The enrolled residents of a place without a bill, by village; `resident` is fetched along."""
    inside = _refusals(scope).filter(policy_id=policy_id, resident__village_code__startswith=area_prefix(area_code))
    return inside.select_related("resident").order_by("code", "resident__village_code", "resident_id")


def _refusals(scope: Scope) -> QuerySet[BillRefusal]:
    return BillRefusal.objects.filter(scope.q("resident__village_code"), pooling_area__in=areas.pooling_codes(scope))


def refusal_counts(scope: Scope, policy_id: str, area_code: str) -> dict[str, int]:
    """Reason → people, most frequent first."""
    rows = refusals_in(scope, policy_id, area_code).order_by().values_list("code").annotate(people=Count("pk"))
    return dict(sorted(rows, key=lambda row: (-row[1], row[0])))


def run(scope: Scope, run_id: int) -> BillRun | None:
    """The run, if its place lies inside the scope."""
    found = BillRun.objects.filter(pk=run_id).first()
    return found if found is not None and scope.covers(found.area_code) else None


def runs(scope: Scope, policy_id: str, limit: int = 20) -> list[BillRun]:
    """The latest runs of a policy inside the scope, newest first."""
    latest = BillRun.objects.filter(scope.q("area_code"), policy_id=policy_id).order_by("-started_at")
    return list(latest[:limit])


@dataclass(slots=True)
class Preview:
    """What issuing the bills of a place would do. People, and fen by payer on the bills that would be new."""

    enrolled: int = 0
    new: int = 0
    replaced: int = 0
    unchanged: int = 0
    settled_at_once: int = 0
    payable_fen: int = 0
    by_payer: Counter[str] = field(default_factory=Counter)
    by_class: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    reasons: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Refusal code → (Chinese, English) of one such person."""


def preview(scope: Scope, policy_id: str, area_code: str, clock: Clock) -> Preview:
    """Work everything out as the run would, and write nothing."""
    policy = policies.get(policy_id)
    drafter = PlaceDrafter(policy_id, clock.now())
    seen = Preview()
    for rows in enrolment.facts_batches(scope, policy_id, area_code):
        live = {
            bill.resident_id: bill
            for bill in Bill.objects.filter(
                pooling_area=policy.pooling_area,
                benefit_year=policy.benefit_year,
                state__in=LIVE,
                resident_id__in=[row[0] for row in rows],
            ).defer("facts")
        }
        later = enrolment.payable_later(scope, [row[0] for row in rows], policy.benefit_year, clock.today())
        waiting = enrolment.unmaintained(scope, [row[0] for row in rows], policy.id, clock.now())
        drafts = drafter.drafts([(facts, village_code) for _, _, village_code, facts in rows])
        for (resident_id, *_), draft in zip(rows, drafts, strict=True):
            seen.enrolled += 1
            bill = live.get(resident_id)
            draft = not_yet(draft, bill, later.get(resident_id), resident_id in waiting) or draft
            if isinstance(draft, NoBill):
                seen.refused[draft.code] += 1
                seen.reasons.setdefault(draft.code, (draft.zh, draft.en))
                continue
            found = verdict(draft, bill)
            if found == Verdict.KEEP:
                seen.unchanged += 1
            elif found == Verdict.PAID_AND_CHANGED:
                changed = refusals.paid_and_changed()
                seen.refused[changed.code] += 1
                seen.reasons.setdefault(changed.code, (changed.zh, changed.en))
            else:
                seen.new += bill is None
                seen.replaced += bill is not None
                seen.settled_at_once += draft.payable_fen == 0
                seen.payable_fen += draft.payable_fen
                seen.by_class[draft.class_code] += 1
                for line in draft.lines:
                    seen.by_payer[line.payer] += line.amount_fen
    return seen


def settled_bills(pooling_area: str, benefit_year: int, size: int = 5000) -> Iterator[Sequence[Bill]]:
    """Every settled bill of a pooling area and year in batches by id: for derivations that must see all of them."""
    last = 0
    while True:
        settled = Bill.objects.filter(
            pooling_area=pooling_area, benefit_year=benefit_year, state=BillState.SETTLED, pk__gt=last
        )
        batch = list(settled.order_by("pk")[:size])
        if not batch:
            return
        yield batch
        last = batch[-1].pk


def bills_by_id(bill_ids: Sequence[int]) -> list[Bill]:
    """The bills with these ids, in order of id: for derivations, which have no scope of their own."""
    return list(Bill.objects.filter(pk__in=bill_ids).order_by("pk"))


def outdated_bills(scope: Scope, policy_id: str, area_code: str) -> QuerySet[Bill]:
    """Open bills that a new run would replace: pinned to a policy that has changed, or to categories that were
    certified or ended since. `resident` is fetched along.
    """
    valid = [policy.digest for policy in enrolment.Windows(policy_id).every()]
    certified = RawSQL(_CATEGORIES_AT_REGISTRATION, [])
    changed = ~Q(policy_digest__in=valid) | ~Q(facts_categories=F("certified"))
    return (
        open_bills(scope, policy_id, area_code)
        .annotate(
            certified=certified,
            facts_categories=RawSQL("coalesce(billing_bill.facts -> 'categories', '[]'::jsonb)", []),
        )
        .filter(changed)
    )


_CATEGORIES_AT_REGISTRATION = """(
    SELECT coalesce(jsonb_agg(k.code ORDER BY k.code), '[]'::jsonb) FROM registry_residentcategory k
    JOIN enrolment_enrolment e ON (e.pooling_area, e.id) = (billing_bill.pooling_area, billing_bill.enrolment_id)
    WHERE k.pooling_area = billing_bill.pooling_area AND k.resident_id = billing_bill.resident_id
      AND k.from_on <= e.registered_on AND (k.until_on IS NULL OR k.until_on > e.registered_on))"""
