"""Refusals as problem details (RFC 9457), each in Chinese and English."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Schema
from pydantic import Field

from canbao.kernel.refusals import Refusal

CONTENT_TYPE = "application/problem+json"
# What is not there and what lies outside the grants look the same.
_NOT_THERE = ("_not_found", "not_found")
_FORBIDDEN = frozenset({"not_permitted", "insufficient_scope"})
_OUTSIDE = frozenset({"outside_your_area", "outside_area"})


class Place(Schema):
    """One part of a request that is wrong."""

    where: str = Field(description="Path in the request, such as body.person.birth_date")
    zh: str
    en: str


class ProblemDetails(Schema):
    """What a refused request is answered (RFC 9457); `detail` is in the language of Accept-Language."""

    type: str = Field(description="urn:canbao:problem:<code>")
    title: str
    status: int
    detail: str
    code: str
    zh: str
    en: str
    errors: list[Place] = []


class Problem(Exception):
    """A request that is answered with problem details."""

    def __init__(
        self,
        status: int,
        code: str,
        zh: str,
        en: str,
        headers: Mapping[str, str] | None = None,
        errors: list[Place] | None = None,
    ) -> None:
        super().__init__(code)
        self.status, self.code, self.zh, self.en = status, code, zh, en
        self.headers = dict(headers or {})
        self.errors = errors or []

    @classmethod
    def of(cls, refusal: Refusal) -> Problem:
        """A room's refusal, with the status that fits it."""
        return cls(_status(refusal.code), refusal.code, refusal.text("zh-hans"), refusal.text("en"))

    def body(self, language: str) -> dict[str, Any]:
        english = language.startswith("en")
        return {
            "type": f"urn:canbao:problem:{self.code}",
            "title": self.code.replace("_", " "),
            "status": self.status,
            "detail": self.en if english else self.zh,
            "code": self.code,
            "zh": self.zh,
            "en": self.en,
            "errors": [place.model_dump() for place in self.errors],
        }

    def response(self, request: HttpRequest) -> HttpResponse:
        body = json.dumps(self.body(language_of(request)), ensure_ascii=False)
        return HttpResponse(body, status=self.status, content_type=CONTENT_TYPE, headers=self.headers)


def language_of(request: HttpRequest) -> str:
    return str(getattr(request, "LANGUAGE_CODE", "zh-hans"))


def _status(code: str) -> int:
    if code.endswith(_NOT_THERE) or code in _OUTSIDE:
        return 404
    return 403 if code in _FORBIDDEN else 409
