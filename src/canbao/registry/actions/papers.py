"""A person's document changes: a newborn gets a number, an error is corrected, a new one is issued."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope
from canbao.registry import documents, plausible, queries
from canbao.registry.actions import numbers
from canbao.registry.actions.refused import constraint_of
from canbao.registry.codes import DocumentChange, DocumentKind
from canbao.registry.models import FormerDocument, Resident
from canbao.registry.refusals import NumberTaken


@transaction.atomic
def change_document(
    *, actor: Scope, resident_id: int, kind: DocumentKind, number: str, reason: DocumentChange, clock: Clock
) -> Resident:
    """Give the person this number; the one before stays findable. BadIdNumber and its kin, SexDiffers, NumberTaken."""
    actor.require(Capability.KEEP_REGISTER)
    person = queries.locked_resident(actor, resident_id)
    checked = documents.checked(kind, number, person.birth_on)
    plausible.require_sex(kind, checked, person.sex)
    former = person.id_number
    if former is not None:
        if former.unmasked == checked and person.document_kind == kind:
            return person
        row = FormerDocument(
            pooling_area=person.pooling_area,
            resident=person,
            document_kind=person.document_kind,
            until_on=clock.today(),
            reason=reason,
        )
        row.id_number = former.unmasked
        row.save(force_insert=True)
    person.document_kind, person.id_number = kind, checked
    try:
        with transaction.atomic():
            if former is None or former.unmasked != checked:
                numbers.claim(actor, person.pooling_area, [checked] if checked else [])
            person.save(update_fields=["document_kind", "number_sealed", "number_index", "number_tail"])
    except IntegrityError as error:
        raise (NumberTaken() if constraint_of(error) == "registry_one_live_resident_per_number" else error) from error
    return person
