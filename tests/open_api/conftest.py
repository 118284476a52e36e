"""A small demo town behind the interface, and programs with a token."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from canbao.faces.open_api.actions import create_client
from canbao.faces.visit import clock
from canbao.kernel.capabilities import Capability
from canbao.kernel.scope import program
from canbao.staff import actions as staff
from canbao.staff.capabilities import CAPABILITIES
from canbao.staff.models import Role
from tests.faces.conftest import in_campaign, town

__all__ = ["in_campaign", "town"]
ADMINISTRATOR = program("a test", Capability.MANAGE_STAFF)


@dataclass
class Program:
    """A department's program: its credentials, and requests that carry its token."""

    client_id: str
    secret: str
    token: str = ""

    def asked_for_token(self, scope: str = "", **form: str) -> HttpResponse:
        fields = {"grant_type": "client_credentials", "client_id": self.client_id, "client_secret": self.secret}
        return Client().post("/api/v1/token", {**fields, "scope": scope, **form})

    def with_token(self, scope: str = "") -> Program:
        self.token = self.asked_for_token(scope).json()["access_token"]
        return self

    def get(self, path: str, **query: Any) -> HttpResponse:
        return Client().get(f"/api/v1{path}", query, headers=self._headers())

    def post(self, path: str, body: Any, **headers: str) -> HttpResponse:
        return Client().post(
            f"/api/v1{path}",
            json.dumps(body),
            content_type="application/json",
            headers={**self._headers(), **headers},
        )

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Accept-Language": "en"}


@pytest.fixture
def make_program(town: None, db: None) -> Iterator[Callable[..., Program]]:
    """Make a program that does the work of a role in an area."""

    def make(role: Role, area: str, *, username: str = "program", requests_per_minute: int = 600) -> Program:
        login = staff.create_login(
            actor=ADMINISTRATOR, username=username, display_name="接口", password="unused here", clock=clock()
        )
        staff.grant_role(actor=ADMINISTRATOR, login=login, role=role, area_code=area, from_on=clock().today())
        made = create_client(
            actor=ADMINISTRATOR,
            login=login,
            scopes=CAPABILITIES[role],
            clock=clock(),
            requests_per_minute=requests_per_minute,
        )
        return Program(made.client_id, made.secret).with_token()

    yield make


@pytest.fixture
def clerk(make_program: Callable[..., Program]) -> Program:
    """A program of Tengzhou's medical insurance bureau."""
    return make_program(Role.MEDICAL_INSURANCE_CLERK, "370481")
