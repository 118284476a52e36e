"""Where a client gets its token (RFC 6749, 4.4)."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Form, Router
from pydantic import Field, StringConstraints

from canbao.faces.open_api.actions import issue_token
from canbao.faces.open_api.operations.answers import NoNul, Strict, TokenAnswer
from canbao.faces.open_api.problems import Problem, ProblemDetails
from canbao.faces.visit import clock

router = Router(tags=["token"])
Text = Annotated[str, NoNul, StringConstraints(max_length=400)]


class TokenRequest(Strict):
    grant_type: Literal["client_credentials"]
    client_id: Text | None = Field(None, description="Here, or as the user of HTTP Basic")
    client_secret: Text | None = None
    scope: Text = Field("", description="Scopes, a space between them; empty: all of the client's")


@router.post(
    "/token",
    auth=None,
    response={200: TokenAnswer, 400: ProblemDetails, 401: ProblemDetails, 422: ProblemDetails},
    operation_id="getToken",
    summary="Get a token 领取令牌",
)
def token(request: HttpRequest, form: Annotated[TokenRequest, Form()]) -> TokenAnswer:
    given = _basic(request)
    client_id, secret = given or (form.client_id or "", form.client_secret or "")
    made = issue_token(client_id, secret, form.scope, clock())
    return TokenAnswer(access_token=made.value, expires_in=made.seconds, scope=" ".join(made.scopes))


def _basic(request: HttpRequest) -> tuple[str, str] | None:
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        user = password = ""
    if "\0" in user + password:
        raise Problem(400, "bad_request", "客户端标识含有不能使用的字符。", "The client id holds a bad character.")
    return user, password
