"""A small demo town for the pages: loaded once a file, signed into by name, on a day inside every collection window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from canbao.kernel.clock import SystemClock
from canbao.registry.models import Resident
from canbao.staff.models import Login

CAMPAIGN_DAY = date(2024, 11, 20)
PEOPLE = 900


def shift_to_campaign() -> int:
    return (CAMPAIGN_DAY - SystemClock().today()).days


@contextmanager
def loaded_town() -> Iterator[None]:
    """The demo in the database of this process, committed, and gone again afterwards."""
    from canbao.demo.loading import load

    call_command("flush", interactive=False, verbosity=0)
    load(lambda line: None, size=PEOPLE)
    try:
        yield
    finally:
        call_command("flush", interactive=False, verbosity=0)


@pytest.fixture(scope="module")
def town(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock(), loaded_town():
        yield


@pytest.fixture(autouse=True)
def in_campaign(settings: Any) -> None:
    settings.CLOCK_SHIFT_DAYS = shift_to_campaign()


@pytest.fixture
def signed_in(town: None, db: None) -> Callable[[str], Client]:
    """A client of the login with that user name."""

    def sign_in(username: str) -> Client:
        client = Client()
        client.force_login(Login.objects.get(username=username))
        return client

    return sign_in


@pytest.fixture
def clerk(signed_in: Callable[[str], Client]) -> Client:
    return signed_in("clerk.tengzhou")


def person_named(name: str) -> Resident:
    return Resident.objects.get(name=name, village_code__startswith="370481")
