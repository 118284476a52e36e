"""Reasons why somebody is not enrolled that end soon: whoever found them out asks again in time."""

from __future__ import annotations

from datetime import date

from django.db.models import Exists, OuterRef, QuerySet

from canbao.areas import queries as areas
from canbao.enrolment.models import Enrolment, EnrolmentState, UnenrolledReason, WhyNot
from canbao.kernel.scope import Scope


def reason_of(scope: Scope, resident_id: int, benefit_year: int) -> UnenrolledReason | None:
    """What was taken down for the person and year, if the person is inside the scope."""
    inside = UnenrolledReason.objects.filter(
        scope.q("resident__village_code"), pooling_area__in=areas.pooling_codes(scope)
    )
    return inside.filter(resident_id=resident_id, benefit_year=benefit_year).first()


def deaths_told(scope: Scope) -> QuerySet[UnenrolledReason]:
    """Of whom somebody was told that they died, while the register has them living; told first first.

    `resident` is fetched along.
    """
    inside = UnenrolledReason.objects.filter(
        scope.q("resident__village_code"), pooling_area__in=areas.pooling_codes(scope), reason=WhyNot.DIED,
        resident__died_on=None, resident__merged_into=None,
    )  # fmt: skip
    return inside.select_related("resident").order_by("recorded_at", "pk")


def reasons_ending(scope: Scope, from_on: date, until_on: date) -> QuerySet[UnenrolledReason]:
    """Those inside the scope that end in [from_on, until_on] and whose person has not enrolled since, first end first.

    `resident` is fetched along.
    """
    enrolled = Enrolment.objects.filter(
        pooling_area=OuterRef("pooling_area"), resident_id=OuterRef("resident_id"),
        benefit_year=OuterRef("benefit_year"), state=EnrolmentState.LIVE,
    )  # fmt: skip
    inside = UnenrolledReason.objects.filter(
        scope.q("resident__village_code"), ~Exists(enrolled), pooling_area__in=areas.pooling_codes(scope),
        expires_on__range=(from_on, until_on), resident__died_on=None,
    )  # fmt: skip
    return inside.select_related("resident").order_by("expires_on", "pk")
