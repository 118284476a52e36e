"""R1 and on: what must hold of the register at any instant."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from canbao.areas import queries as areas
from canbao.kernel.refusals import Refusal
from canbao.kernel.vault import VaultFault
from canbao.ledger.invariants import Violation
from canbao.registry import documents, seals
from canbao.registry.models import Resident


def check() -> list[Violation]:
    """Every violation in the whole register; empty when it is right. Opens every number, so it takes its time."""
    return [*_numbers(), *_merges()]


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


_MERGES = """
SELECT r.id, 'points to row ' || r.merged_into_id || ' without a merge that says so' FROM registry_resident r
WHERE r.merged_into_id IS NOT NULL AND NOT EXISTS (SELECT FROM registry_merge m
    WHERE (m.pooling_area, m.merged_id, m.kept_id) = (r.pooling_area, r.id, r.merged_into_id) AND m.undone_at IS NULL)
UNION ALL
SELECT r.id, 'was merged into row ' || m.kept_id || ' and does not point there' FROM registry_merge m
JOIN registry_resident r ON (r.pooling_area, r.id) = (m.pooling_area, m.merged_id)
WHERE m.undone_at IS NULL AND r.merged_into_id IS DISTINCT FROM m.kept_id
UNION ALL
SELECT r.id, 'is enrolled for ' || e.benefit_year || ' twice, under a merged row too' FROM registry_resident r
JOIN enrolment_enrolment e ON (e.pooling_area, e.resident_id) = (r.pooling_area, r.id) AND e.state = 'live'
JOIN enrolment_enrolment kept ON (kept.pooling_area, kept.resident_id, kept.benefit_year, kept.state)
    = (r.pooling_area, r.merged_into_id, e.benefit_year, 'live')
"""


def _merges() -> Iterator[Violation]:
    """R2: a row points to another exactly while a merge says so, and nobody is enrolled twice under two rows."""
    with connection.cursor() as cursor:
        cursor.execute(_MERGES)
        for resident_id, what in cursor.fetchall():
            yield Violation("R2", f"resident {resident_id}", what)
