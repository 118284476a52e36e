"""S1: what is kept of a village is what its people come to."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import transaction

from canbao.kernel.scope import program
from canbao.ledger.invariants import Violation
from canbao.policy import UnknownPolicy
from canbao.supervision.counts import miscounted
from canbao.supervision.models import VillageCount


def check() -> list[Violation]:
    """Every village whose kept counts differ from its rows without a mark that they have to be counted anew."""
    return list(_miscounted())


def _miscounted() -> Iterator[Violation]:
    scope = program("check-invariants")
    for policy_id in VillageCount.objects.order_by("policy_id").values_list("policy_id", flat=True).distinct():
        try:
            with transaction.atomic():
                wrong = miscounted(policy_id, scope)
        except UnknownPolicy:
            continue
        for village, (kept, now) in wrong.items():
            different = ", ".join(f"{name} {kept[name]} not {now[name]}" for name in kept if kept[name] != now[name])
            yield Violation("S1", f"village {village} under {policy_id}", f"is kept with {different}")
