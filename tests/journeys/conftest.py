"""One product and one browser for all journeys of a file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings

from tests.faces.site import Site, running_site
from tests.town import books, clock

__all__ = ["books", "clock"]


@pytest.fixture(scope="module")
def site(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    # Playwright keeps an event loop in this thread, in which Django would refuse to talk to the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    kept = override_settings(DATA=tmp_path_factory.mktemp("data"))
    with kept, django_db_blocker.unblock(), running_site() as running:
        yield running
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
