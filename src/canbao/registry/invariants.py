"""R1 and on: what must hold of the register at any instant."""

from __future__ import annotations

from collections.abc import Iterator

from canbao.areas import queries as areas
from canbao.kernel.refusals import Refusal
from canbao.kernel.vault import VaultFault
from canbao.ledger.invariants import Violation
from canbao.registry import documents, seals
from canbao.registry.models import Resident


def check() -> list[Violation]:
    """Every violation in the whole register; empty when it is right. Opens every number, so it takes its time."""
    return list(_numbers())


def _numbers() -> Iterator[Violation]:
    """R1: every number opens where it stands, is one of its kind, and is found by its own indexes."""
    divisions = areas.division_codes()
    for row in Resident.objects.filter(number_sealed__isnull=False).iterator():
        subject = f"resident {row.pk}"
        try:
            number = row.id_number
            assert number is not None
            documents.checked(row.document_kind, number.unmasked, row.birth_on, divisions)
        except VaultFault as fault:
            yield Violation("R1", subject, str(fault))
            continue
        except Refusal:
            yield Violation("R1", subject, "has a number that cannot be this person's")
            continue
        if bytes(row.number_index or b"") not in seals.indexes("number", number.unmasked):
            yield Violation("R1", subject, "is not found by its own number")
        tail = number.unmasked[-seals.TAIL_LENGTH :]
        if bytes(row.number_tail or b"") not in seals.tail_indexes(tail, [row.village_code]):
            yield Violation("R1", subject, "is not found by the end of its number in its village")
