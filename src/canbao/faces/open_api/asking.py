"""Who asks through the interface: token, rate, and scope for one purpose."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import cast

from django.http import HttpRequest
from ninja.security import HttpBearer

from canbao.areas import queries as areas
from canbao.faces.open_api.actions import count_request
from canbao.faces.open_api.models import AccessToken
from canbao.faces.open_api.problems import Place, Problem
from canbao.faces.open_api.queries import holder
from canbao.faces.visit import clock
from canbao.kernel.binding import bind
from canbao.kernel.capabilities import Capability
from canbao.kernel.scope import Scope, area_prefix
from canbao.staff import queries as staff


class Bearer(HttpBearer):
    """`Authorization: Bearer <token>`; counts the request against the client's rate."""

    def authenticate(self, request: HttpRequest, token: str) -> AccessToken | None:
        held = holder(token, clock())
        if held is None:
            return None
        allowance = count_request(held.client, clock())
        if allowance.left < 0:
            raise Problem(
                429,
                "too_many_requests",
                f"请求过于频繁，每分钟最多{allowance.limit}次，请{allowance.seconds}秒后再试。",
                f"Too many requests: at most {allowance.limit} a minute. Try again in {allowance.seconds} seconds.",
                {"Retry-After": str(allowance.seconds), **allowance.headers},
            )
        refuse_unknown_parameters(request)
        return held


def refuse_unknown_parameters(request: HttpRequest) -> None:
    """A filter that is misspelt must not answer for everybody. Problem `unknown_parameter` (422)."""
    route = request.resolver_match.route if request.resolver_match else ""
    known = _parameters(re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", f"/{route}"), str(request.method))
    if unknown := sorted(set(request.GET) - known):
        places = [Place(where=f"query.{name}"[:120], zh="没有这个参数", en="no such parameter") for name in unknown]
        raise Problem(
            422,
            "unknown_parameter",
            "请求带有不认识的参数。",
            "The request has a parameter that is not known.",
            errors=places,
        )


@lru_cache(maxsize=256)
def _parameters(path: str, method: str) -> frozenset[str]:
    """Names of the query parameters of an operation, as the description has them."""
    from canbao.faces.open_api.api import api

    operation = api.get_openapi_schema()["paths"].get(path, {}).get(method.lower(), {})
    return frozenset(found["name"] for found in operation.get("parameters", []) if found["in"] == "query")


def unauthorised() -> Problem:
    return Problem(
        401,
        "invalid_token",
        "缺少令牌，或令牌已失效。请用客户端标识和密钥在 /api/v1/token 领取。",
        "The token is missing or has ended. Get one at /api/v1/token with the client id and its secret.",
        {"WWW-Authenticate": 'Bearer realm="canbao"'},
    )


def token_of(request: HttpRequest) -> AccessToken:
    """The token that `Bearer` accepted."""
    return cast(AccessToken, request.auth)  # type: ignore[attr-defined]


def scope_for(request: HttpRequest, capability: Capability) -> Scope:
    """The scope of the client for a purpose. Problem `insufficient_scope` if its token or its grants lack it."""
    held = token_of(request)
    scope = staff.scope_of(held.client.login, capability, clock())
    if capability not in held.scopes or not scope.prefixes:
        raise Problem(
            403,
            "insufficient_scope",
            f"此令牌没有这项权限：{capability}。",
            f"This token does not have the scope {capability}.",
            {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{capability}"'},
        )
    # Until the answer is written: the framework still reads rows when the operation has returned.
    bind(scope)
    return scope


def require_reached(scope: Scope, area_code: str) -> None:
    """Problem `area_not_found` (404) for no area at all, or for one of which nothing lies in the client's grants."""
    prefix = area_prefix(area_code)
    reached = any(own.startswith(prefix) or prefix.startswith(own) for own in scope.prefixes)
    if not reached or areas.area(area_code) is None:
        raise area_not_found()


def area_not_found() -> Problem:
    return Problem(404, "area_not_found", "没有这个地区，或不在授权范围内。", "There is no such area in your grants.")
