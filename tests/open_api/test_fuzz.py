"""Schemathesis over every operation: no fault of the server, no bad input accepted, every answer as described."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from canbao.faces.open_api.api import api
from canbao.staff.models import Role
from tests.open_api.conftest import Program

# More of them by hand: FUZZ_EXAMPLES=1000 pytest tests/open_api/test_fuzz.py
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "25"))
SCHEMA = schemathesis.openapi.from_dict(api.get_openapi_schema())
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations()}


@pytest.fixture
def program(make_program: Callable[..., Program]) -> Program:
    return make_program(Role.MEDICAL_INSURANCE_CLERK, "370481", requests_per_minute=1_000_000)


@pytest.fixture
def application(program: Program) -> Iterator[Any]:
    """The interface as a WSGI program whose requests run in this test's transaction."""
    # Django's test client, by which the program got its token, connects these again.
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield get_wsgi_application()
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


def test_every_operation_is_fuzzed() -> None:
    assert len(OPERATIONS) == sum(len(methods) for methods in api.get_openapi_schema()["paths"].values()) >= 10


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["fitting", "bad"])
@pytest.mark.parametrize("label", OPERATIONS)
def test_every_operation_keeps_its_word(label: str, mode: GenerationMode, application: Any, program: Program) -> None:
    operation = OPERATIONS[label]
    operation.app = operation.schema.app = application

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        print_blob=True,
        suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def asked(case: Any) -> None:
        # What fits the description may still be refused by a room: nobody has that number, the year is over.
        case.call_and_validate(
            headers={"Authorization": f"Bearer {program.token}"}, excluded_checks=[positive_data_acceptance]
        )

    asked()
