"""Applications as the office reads them, oldest first, and who is enrolled in another pooling area already."""

from __future__ import annotations

from dataclasses import replace

from django.db import connection
from django.db.models import QuerySet

from canbao.areas import queries as areas
from canbao.enrolment.models import Application, ApplicationEvent, ApplicationState, Enrolment, Evidence
from canbao.enrolment.refusals import ApplicationNotFound
from canbao.kernel.binding import bound
from canbao.kernel.capabilities import Capability
from canbao.kernel.scope import Scope
from canbao.registry import queries as registry
from canbao.registry.models import Resident
from canbao.registry.queries import ResidentCard

REGISTER_COLUMNS = (
    "hukou_area", "hukou_kind", "residence_area", "residence_permit", "permit_relation", "student", "school_area",
    "covered_years",
)  # fmt: skip
"""What a person says of himself that a new row of the register takes over; certified facts come from departments."""


def applications(scope: Scope) -> QuerySet[Application]:
    """Those of the scope that were handed in once."""
    inside = Application.objects.filter(scope.q("village_code"), pooling_area__in=areas.pooling_codes(scope))
    return inside.exclude(state=ApplicationState.DRAFT)


def applications_waiting(scope: Scope) -> QuerySet[Application]:
    """What waits for the office, oldest first."""
    return applications(scope).filter(state=ApplicationState.SUBMITTED).order_by("submitted_at", "pk")


def application(scope: Scope, application_id: int) -> Application:
    """ApplicationNotFound for a draft, and outside the scope."""
    found = applications(scope).filter(pk=application_id).first()
    if found is None:
        raise ApplicationNotFound
    return found


def application_of(scope: Scope, resident_id: int, benefit_year: int) -> Application | None:
    """The latest of a resident and year that led to an enrolment."""
    rows = applications(scope).filter(resident_id=resident_id, benefit_year=benefit_year)
    return rows.order_by("-decided_at").first()


def past(row: Application) -> list[ApplicationEvent]:
    """What became of it, earliest first."""
    return list(row.events.order_by("id"))


def files(row: Application) -> list[Evidence]:
    return list(row.evidence.order_by("id"))


def enrolled_elsewhere(person: Resident, benefit_year: int) -> list[str]:
    """Names of other pooling areas that have a live enrolment for the same document number and year.

    Only the names of places are told, of rows that the scope of whoever enrols may not see.
    """
    if person.number_index is None:
        return []
    return _names_elsewhere([bytes(person.number_index)], benefit_year, person.pooling_area)


def numbers_elsewhere(number: str, benefit_year: int, pooling_area: str) -> list[str]:
    """As `enrolled_elsewhere`, for the number of somebody whom the register of the pooling area does not know."""
    return _names_elsewhere(registry.number_indexes(number), benefit_year, pooling_area)


def _names_elsewhere(indexes: list[bytes], benefit_year: int, pooling_area: str) -> list[str]:
    codes: list[str] = []
    with connection.cursor() as cursor:
        for index in indexes:
            cursor.execute("SELECT enrolment_elsewhere(%s, %s, %s)", [index, benefit_year, pooling_area])
            codes += cursor.fetchone()[0] or []
    names = areas.names(codes)
    return [names.get(code, code) for code in codes]


def differing(row: Application, known: ResidentCard) -> list[str]:
    """Which of name, sex, birth_on the application gives otherwise than the register does of who has its number."""
    same = {
        "name": registry.same_name(row.name, known.name),
        "sex": row.sex == known.sex,
        "birth_on": row.birth_on == known.birth_on,
    }
    return [column for column, alike in same.items() if not alike]


def known_by_number(scope: Scope, row: Application) -> tuple[ResidentCard, list[str]] | None:
    """The living person of the pooling area with the number of an application that the scope reviews; of a newborn the
    mother. That may be somebody whom the scope does not look after: the name is masked then. With `differing`.
    """
    application(scope, row.pk)
    everywhere = scope.deputed(Capability.KEEP_REGISTER, row.pooling_area)
    with bound(everywhere):
        cards = registry.with_number(everywhere, row.id_number.unmasked)
    found = next((card for card in cards if card.died_on is None), None)
    if found is None:
        return None
    otherwise = [] if row.newborn else differing(row, found)
    if scope.covers(found.village_code):
        return found, otherwise
    return replace(found, name=registry.masked_name(found.name)), otherwise


def application_numbered(number: str) -> Application | None:
    """By its confirmation number alone: for the public page, after `open_application` has asked for the ID number."""
    return Application.objects.filter(number=number).first()


def enrolment_made(row: Application) -> Enrolment | None:
    """What an approved application led to: the applicant is told from which day on to pay."""
    if row.enrolment_id is None:
        return None
    return Enrolment.objects.filter(pooling_area=row.pooling_area, pk=row.enrolment_id).first()
