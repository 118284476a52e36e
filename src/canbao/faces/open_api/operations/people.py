"""People of the register, each year of theirs, their bills, and whether somebody is covered."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Path, Query, Router, Schema
from pydantic import Field, StringConstraints

from canbao.billing import queries as billing
from canbao.billing.models import Bill
from canbao.entitlement import queries as entitlement
from canbao.entitlement.models import Cover
from canbao.faces.open_api.asking import require_reached, scope_for
from canbao.faces.open_api.operations.answers import (
    AreaCode,
    BenefitYear,
    BillCard,
    BillLine,
    BillPage,
    BillWhole,
    CoverAnswer,
    CoverCard,
    CoverQuestion,
    EnrolmentCard,
    NoNul,
    PaymentCard,
    PaymentLine,
    PaymentPage,
    PersonYear,
    PolicyId,
    ResidentCard,
    ResidentId,
)
from canbao.faces.open_api.operations.described import answers
from canbao.faces.open_api.paging import PageQuery, cut
from canbao.faces.open_api.problems import Problem
from canbao.kernel.capabilities import Capability
from canbao.kernel.scope import Scope, area_prefix
from canbao.payments import queries as payments
from canbao.payments.models import Payment
from canbao.registry import queries as registry

router = Router(tags=["people"])
# A document's number has seven digits in a row at least, a phone may be written in groups.
_WHOLE_NUMBER = re.compile(r"\d{7}|(?:\d[\s\-]*){11}")


class Search(Schema):
    q: Annotated[str, NoNul, StringConstraints(min_length=1, max_length=100)] = Field(
        description="Name, last four of the document number, pinyin or initials, as in the console; "
        "a whole document number or phone in a POST alone"
    )
    limit: int = Field(20, ge=1, le=100)


class SearchSent(Search):
    """The same in a body, where a number is a number and no word for one."""

    limit: Annotated[int, Field(ge=1, le=100, strict=True)] = 20


@router.get(
    "/residents",
    response=answers(list[ResidentCard], 422),
    operation_id="findResidents",
    summary="Find people in the areas of the client's grants 找人",
)
def find_residents(request: HttpRequest, asked: Annotated[Search, Query()]) -> list[ResidentCard]:
    scope = scope_for(request, Capability.FIND_PEOPLE)
    if _WHOLE_NUMBER.search(unicodedata.normalize("NFKC", asked.q)):
        raise Problem(
            422,
            "number_in_address",
            "网址会留在各处日志里，不能带完整的证件号码或电话，没有查找。请改用 POST /api/v1/resident-searches；"
            "只问是否参保用 POST /api/v1/cover-queries。",
            "Addresses stay in logs, so they hold no whole document number or phone; nothing was searched. Send it to "
            "POST /api/v1/resident-searches, or to POST /api/v1/cover-queries to ask whether somebody is covered.",
        )
    return _found(scope, asked)


@router.post(
    "/resident-searches",
    response=answers(list[ResidentCard], 422),
    operation_id="searchResidents",
    summary="Find people, by a whole document number or phone too 按号码找人",
    openapi_extra={"description": "A question, sent as POST so that no log of addresses holds the number."},
)
def search_residents(request: HttpRequest, body: SearchSent) -> list[ResidentCard]:
    return _found(scope_for(request, Capability.FIND_PEOPLE), body)


def _found(scope: Scope, asked: Search) -> list[ResidentCard]:
    return [_card(found) for found in registry.find_residents(scope, asked.q, asked.limit)]


@router.get(
    "/residents/{resident_id}/years/{benefit_year}",
    response=answers(PersonYear, 404, 422),
    operation_id="getPersonYear",
    summary="One person and year: enrolment, bill, payments, cover 一人一年",
)
def get_person_year(
    request: HttpRequest,
    resident_id: Annotated[ResidentId, Path()],
    benefit_year: Annotated[BenefitYear, Path()],
) -> PersonYear:
    scope = scope_for(request, Capability.SEE_PERSON)
    found = entitlement.trace_person_year(scope, resident_id, benefit_year)
    return PersonYear(
        resident=_card(registry.card(scope, resident_id)),
        benefit_year=benefit_year,
        enrolment=EnrolmentCard.of(found.enrolment) if found.enrolment else None,
        bill=_whole(found.bill, [BillLine.model_validate(line) for line in found.lines]) if found.bill else None,
        payments=[PaymentCard.model_validate(payment) for payment in found.payments],
        cover=_cover(found.cover) if found.cover else None,
    )


class BillsAsked(Schema):
    policy: PolicyId
    area: AreaCode
    state: Literal["issued", "settled", "void", "refunded"] | None = None


@router.get(
    "/bills",
    response=answers(BillPage, 404, 422),
    operation_id="listBills",
    summary="Bills of a place under a policy, in order of issue 应缴单",
)
def list_bills(request: HttpRequest, asked: Annotated[BillsAsked, Query()], page: PageQuery) -> BillPage:
    scope = scope_for(request, Capability.SEE_PERSON)
    require_reached(scope, asked.area)
    rows = billing.visible(scope).filter(
        policy_id=asked.policy, resident__village_code__startswith=area_prefix(asked.area)
    )
    if asked.state is not None:
        rows = rows.filter(state=asked.state)
    found, after = cut(rows.defer("facts"), page)
    return BillPage(items=[_bill(bill) for bill in found], next=after)


class PaymentsAsked(Schema):
    policy: PolicyId
    area: AreaCode


@router.get(
    "/payments",
    response=answers(PaymentPage, 404, 422),
    operation_id="listPayments",
    summary="Payments for the bills of a place under a policy, in the order they were recorded 缴费",
)
def list_payments(request: HttpRequest, asked: Annotated[PaymentsAsked, Query()], page: PageQuery) -> PaymentPage:
    scope = scope_for(request, Capability.SEE_PERSON)
    require_reached(scope, asked.area)
    rows = payments.visible(scope).filter(
        bill__policy_id=asked.policy, resident__village_code__startswith=area_prefix(asked.area)
    )
    found, after = cut(rows.select_related("bill"), page)
    return PaymentPage(items=[_payment(row) for row in found], next=after)


@router.post(
    "/cover-queries",
    response=answers(CoverAnswer, 422),
    operation_id="askCover",
    summary="Is the person with this number covered on this day? 待遇查询",
    openapi_extra={"description": "A question, sent as POST so that no log of addresses holds the number."},
)
def ask_cover(request: HttpRequest, body: CoverQuestion) -> CoverAnswer:
    scope = scope_for(request, Capability.SEE_PERSON)
    for found in registry.with_number(scope, body.id_number):
        covered = entitlement.visible(scope).filter(
            resident_id__in=registry.row_ids(scope, found.resident_id), cover_from__lte=body.on, cover_until__gt=body.on
        )
        if (cover := covered.first()) is not None:
            shown = _cover(cover)
            return CoverAnswer(
                covered=True, on=body.on, cover_from=shown.cover_from, last_covered_on=shown.last_covered_on
            )
    return CoverAnswer(covered=False, on=body.on, cover_from=None, last_covered_on=None)


def _card(found: registry.ResidentCard) -> ResidentCard:
    return ResidentCard(
        resident_id=found.resident_id,
        name=found.name,
        document_number=str(found.id_number) if found.id_number else None,
        birth_on=found.birth_on,
        sex="female" if found.sex == "female" else "male",
        village_code=found.village_code,
        village_name=found.village_name,
        pooling_area=found.pooling_area,
        died_on=found.died_on,
    )


def _bill(bill: Bill) -> BillCard:
    return BillCard.model_validate({**_figures(bill)})


def _whole(bill: Bill, lines: list[BillLine]) -> BillWhole:
    return BillWhole.model_validate({**_figures(bill), "lines": lines})


def _figures(bill: Bill) -> dict[str, object]:
    return {name: getattr(bill, name) for name in BillCard.model_fields if name != "bill_id"} | {"bill_id": bill.pk}


def _payment(row: Payment) -> PaymentLine:
    own = {"payment_id": row.pk, "benefit_year": row.bill.benefit_year}
    same = {name: getattr(row, name) for name in PaymentLine.model_fields if name not in own}
    return PaymentLine.model_validate({**same, **own})


def _cover(cover: Cover) -> CoverCard:
    return CoverCard(cover_from=cover.cover_from, last_covered_on=cover.last_day)
