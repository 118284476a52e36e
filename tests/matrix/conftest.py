"""One town with canaries for all roles: each role works in a savepoint of its own and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import transaction
from django.test import override_settings

from canbao.kernel.clock import FixedClock, SystemClock
from tests import town
from tests.matrix.grounds import Grounds, build

SHIFT = (date(2024, 11, 1) - SystemClock().today()).days


@pytest.fixture(scope="module")
def standing(django_db_setup: None, django_db_blocker: Any) -> Iterator[Grounds]:
    with django_db_blocker.unblock(), override_settings(CLOCK_SHIFT_DAYS=SHIFT):
        around = transaction.atomic()
        # As Django's own TestCase does: what must be outermost in the product may lie inside this one.
        around._from_testcase = True
        with around:
            town.build_town()
            yield build(FixedClock(town.IN_WINDOW))
            transaction.set_rollback(True)


@pytest.fixture
def grounds(standing: Grounds, django_db_blocker: Any) -> Iterator[Grounds]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield standing
        transaction.set_rollback(True)
