"""The interface itself: its description, what every operation has in common, and how it refuses."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema

from canbao.faces.open_api import operations
from canbao.faces.open_api.asking import Bearer, unauthorised
from canbao.faces.open_api.problems import CONTENT_TYPE, Place, Problem
from canbao.faces.open_api.sentences import said_of
from canbao.kernel.refusals import Refusal
from canbao.policy import BadPerson, UnknownPolicy

DESCRIPTION = """\
参保的开放接口：各部门的程序在授权的地区内查询和办理。金额为整数分，日期为ISO，时间为北京时间。
The open interface of Canbao: programs of departments ask and act in the areas they were granted. Amounts are whole fen,
dates ISO, moments carry their offset. Get a token at `/api/v1/token` (client credentials); send an `Idempotency-Key`
with every request that changes something; read lists by cursor; refusals are problem details in both languages.
"""


class Interface(NinjaAPI):
    """An interface whose description says that refusals are problem details and which scopes there are."""

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        schema = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        for operations_of_path in schema["paths"].values():
            for operation in operations_of_path.values():
                for status, answer in operation["responses"].items():
                    if int(status) >= 400:
                        answer["content"] = {CONTENT_TYPE: answer["content"]["application/json"]}
        return schema


api = Interface(
    title="Canbao 参保",
    version="1.0",
    description=DESCRIPTION,
    urls_namespace="open-api",
    auth=Bearer(),
    docs_url="/docs",
)
api.add_router("", operations.router)


@api.exception_handler(Problem)
def _problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    return problem.response(request)


@api.exception_handler(Refusal)
def _refusal(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    return Problem.of(refusal).response(request)


@api.exception_handler(AuthenticationError)
def _unauthorised(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return unauthorised().response(request)


@api.exception_handler(BadPerson)
def _bad_person(request: HttpRequest, bad: BadPerson) -> HttpResponse:
    places = [Place(where=f"body.person.{fault.column}", zh=fault.zh, en=fault.en) for fault in bad.faults]
    first = places[0]
    return Problem(422, "bad_person", first.zh, first.en, errors=places).response(request)


@api.exception_handler(UnknownPolicy)
def _unknown_policy(request: HttpRequest, unknown: UnknownPolicy) -> HttpResponse:
    return Problem(
        404,
        "unknown_policy",
        f"没有政策“{unknown.wanted}”；请看 /api/v1/policies。",
        f"There is no policy “{unknown.wanted}”; see /api/v1/policies.",
    ).response(request)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, invalid: ValidationError) -> HttpResponse:
    places = [Place(where=_where(fault["loc"]), **said_of(fault)._asdict()) for fault in invalid.errors]
    return Problem(
        422, "invalid_request", "请求的内容不符合要求。", "The request does not fit its description.", errors=places
    ).response(request)


@api.exception_handler(RequestDataTooBig)
def _too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return Problem(
        413, "too_large", "请求太大，请分成几份。", "The request is too large; split it into parts."
    ).response(request)


@api.exception_handler(HttpError)
def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """What the framework itself refuses, such as a body that is no JSON."""
    return Problem(
        error.status_code, "bad_request", "请求无法读取：正文应是接口说明所要求的JSON。",
        "The request cannot be read: its body has to be the JSON that the description asks for.",
    ).response(request)  # fmt: skip


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return Problem(404, "not_found", "没有找到。", "There is no such thing.").response(request)


@api.exception_handler(PermissionDenied)
def _denied(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
    return Problem(403, "not_permitted", "没有权限。", "This is not permitted.").response(request)


def _where(place: tuple[object, ...]) -> str:
    """Path in the request, without the name that our function gives the whole body or query."""
    kind, *rest = map(str, place)
    return ".".join([kind, *(rest[1:] if len(rest) > 1 else rest)])
