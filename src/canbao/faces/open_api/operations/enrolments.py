"""Enrolments: listed by cursor, made once for an idempotency key."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Header, Query, Router, Schema

from canbao.billing import actions as billing
from canbao.enrolment import actions
from canbao.enrolment import queries as enrolment
from canbao.faces.open_api.actions import once
from canbao.faces.open_api.asking import require_reached, scope_for, token_of
from canbao.faces.open_api.operations.answers import (
    AreaCode,
    EnrolmentCard,
    EnrolmentPage,
    EnrolmentRequest,
    PolicyId,
    StopRequest,
)
from canbao.faces.open_api.operations.described import answers
from canbao.faces.open_api.paging import PageQuery, cut
from canbao.faces.visit import clock
from canbao.kernel.capabilities import Capability
from canbao.kernel.scope import area_prefix
from canbao.policy import policies

router = Router(tags=["enrolments"])
Key = Annotated[str, Header(alias="Idempotency-Key", min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")]


class EnrolmentsAsked(Schema):
    policy: PolicyId
    area: AreaCode


@router.get(
    "/enrolments",
    response=answers(EnrolmentPage, 404, 422),
    operation_id="listEnrolments",
    summary="Enrolments of a place under a policy, stopped ones too 参保登记",
)
def list_enrolments(request: HttpRequest, asked: Annotated[EnrolmentsAsked, Query()], page: PageQuery) -> EnrolmentPage:
    scope = scope_for(request, Capability.SEE_PERSON)
    require_reached(scope, asked.area)
    rows = enrolment.visible(scope).filter(
        policy_id=asked.policy, resident__village_code__startswith=area_prefix(asked.area)
    )
    found, after = cut(rows, page)
    return EnrolmentPage(items=[EnrolmentCard.of(row) for row in found], next=after)


@router.post(
    "/enrolments",
    response=answers(EnrolmentCard, 404, 409, 422, status=201),
    operation_id="enrol",
    summary="Enrol a resident for the policy's year, registered today 办理参保登记",
)
def enrol(request: HttpRequest, key: Key, body: EnrolmentRequest) -> HttpResponse:
    scope = scope_for(request, Capability.ENROL)
    policy = policies.get(body.policy_id)

    def work() -> EnrolmentCard:
        made = actions.enrol(
            actor=scope,
            resident_id=body.resident_id,
            benefit_year=policy.benefit_year,
            policy_id=policy.id,
            tier=body.tier,
            registered_on=clock().today(),
            clock=clock(),
            route=body.route,
            seen=body.seen,
        )
        return EnrolmentCard.of(made)

    return once(request, token_of(request).client, key, 201, clock().now(), work)


@router.post(
    "/enrolments/stops",
    response=answers(EnrolmentCard, 404, 409, 422, status=201),
    operation_id="stopEnrolment",
    summary="Stop a resident's enrolment as of today; an open bill is voided with it 停保",
)
def stop(request: HttpRequest, key: Key, body: StopRequest) -> HttpResponse:
    scope = scope_for(request, Capability.ENROL)

    def work() -> EnrolmentCard:
        stopped = billing.stop_enrolment(
            actor=scope, resident_id=body.resident_id, benefit_year=body.benefit_year, reason=body.reason, clock=clock()
        )
        return EnrolmentCard.of(stopped)

    return once(request, token_of(request).client, key, 201, clock().now(), work)
