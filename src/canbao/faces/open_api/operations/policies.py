"""Policies, quotes and progress: nothing here is about a person in the register."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest, JsonResponse
from ninja import Path, Query, Router, Schema
from pydantic import create_model

from canbao.areas import queries as areas
from canbao.faces.open_api.asking import area_not_found, scope_for
from canbao.faces.open_api.operations.answers import (
    AreaCode,
    Names,
    PolicyCard,
    PolicyId,
    ProgressAnswer,
    ProgressCard,
    QuoteRequest,
    TallyAnswer,
    TallyCard,
    TargetCard,
)
from canbao.faces.open_api.operations.described import answers
from canbao.faces.visit import clock
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import SHANGHAI
from canbao.kernel.scope import Scope
from canbao.policy import Policy, policies, quote
from canbao.policy.codes import ANSWER_COLUMNS
from canbao.supervision import queries as supervision
from canbao.supervision.queries import ProgressRow, TallyRow

router = Router(tags=["policies"])
_TYPES: dict[str, type] = {"text": str, "integer": int, "boolean": bool, "date": date}
_FIGURES: dict[str, Any] = {column: (_TYPES[kind] | None, ...) for column, kind in ANSWER_COLUMNS.items()}
QuoteAnswer = create_model(
    "QuoteAnswer",
    __base__=Schema,
    __doc__="The quote of the contract: its columns, then who pays the rest, and the steps that led there.",
    **_FIGURES,
    subsidies=(list[dict[str, Any]], ...),
    trace=(list[dict[str, Any]], ...),
    lines=(list[dict[str, Any]], []),
)


@router.get("/policies", response=answers(list[PolicyCard]), operation_id="listPolicies", summary="Policies 政策")
def list_policies(request: HttpRequest) -> list[PolicyCard]:
    scope_for(request, Capability.SEE_POLICIES)
    return [_card(policy) for policy in policies.all()]


@router.get(
    "/policies/{policy_id}", response=answers(PolicyCard, 404, 422), operation_id="getPolicy", summary="One policy"
)
def get_policy(request: HttpRequest, policy_id: Annotated[PolicyId, Path()]) -> PolicyCard:
    scope_for(request, Capability.SEE_POLICIES)
    return _card(policies.get(policy_id))


@router.post(
    "/policies/{policy_id}/quotes",
    response=answers(QuoteAnswer, 404, 422),
    operation_id="quote",
    summary="What one person owes, why, and from when the person is covered 测算",
    openapi_extra={"description": "Stores nothing. The person need not be in the register."},
)
def make_quote(request: HttpRequest, policy_id: Annotated[PolicyId, Path()], body: QuoteRequest) -> JsonResponse:
    scope_for(request, Capability.SEE_POLICIES)
    policy = policies.get(policy_id)
    on = body.on or clock().today()
    return JsonResponse(quote(policy, body.person.facts(), on=on, as_year=body.as_year).as_dict())


class ProgressQuery(Schema):
    policy: PolicyId
    area: AreaCode


@router.get(
    "/progress",
    response=answers(ProgressAnswer, 404, 422),
    operation_id="getProgress",
    summary="Progress of a place against the targets of its notice 进度",
)
def get_progress(request: HttpRequest, asked: Annotated[ProgressQuery, Query()]) -> ProgressAnswer:
    scope = _over(request, asked)
    found = supervision.progress(scope, asked.policy, asked.area, clock())
    return ProgressAnswer(
        policy_id=found.policy_id, as_of=found.as_of, total=_progress(found.total), below=[*map(_progress, found.rows)]
    )


@router.get(
    "/tally",
    response=answers(TallyAnswer, 404, 422),
    operation_id="getTally",
    summary="Out of how many people a rate is, from everybody down to who should be enrolled 参保率的分母",
)
def get_tally(request: HttpRequest, asked: Annotated[ProgressQuery, Query()]) -> TallyAnswer:
    scope, now = _over(request, asked), clock()
    found = supervision.tally(scope, asked.policy, asked.area, now)
    return TallyAnswer(
        policy_id=asked.policy, as_of=now.now(), total=_tally(found.total), below=[*map(_tally, found.rows)]
    )


def _over(request: HttpRequest, asked: ProgressQuery) -> Scope:
    """The scope over an area of the client's grants. Problem `area_not_found` outside them."""
    scope = scope_for(request, Capability.SEE_PROGRESS)
    policies.get(asked.policy)
    if areas.area(asked.area) is None or not scope.covers(asked.area):
        raise area_not_found()
    return scope


def _card(policy: Policy) -> PolicyCard:
    return PolicyCard(
        id=policy.id,
        name=Names(zh=policy.name.zh, en=policy.name.en),
        area=policy.area,
        pooling_area=policy.pooling_area,
        benefit_year=policy.benefit_year,
        window_opens=policy.opens.replace(tzinfo=SHANGHAI),
        window_closes=policy.closes.replace(tzinfo=SHANGHAI),
        digest=policy.digest,
        routes={
            key: Names(zh=route.name.zh, en=route.name.en)
            for key, route in policy.notice.routes.items()
            if not route.gate
        },
    )


def _tally(row: TallyRow) -> TallyCard:
    return TallyCard.model_validate({name: getattr(row, name) for name in TallyCard.model_fields})


def _progress(row: ProgressRow) -> ProgressCard:
    return ProgressCard(
        area_code=row.area_code,
        name=row.name,
        should=row.should,
        enrolled=row.enrolled,
        billed=row.billed,
        settled=row.settled,
        covered=row.covered,
        targets=[
            TargetCard(
                code=target.code,
                name=Names(zh=target.name_zh, en=target.name_en),
                wanted_percent=None if target.wanted_percent is None else str(target.wanted_percent),
                percent=None if target.percent is None else str(target.percent),
                of_people=target.of_people,
                reached=target.reached,
                behind_by_people=target.behind_by_people,
            )
            for target in row.targets
        ],
    )
