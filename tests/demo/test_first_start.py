"""The first start may be interrupted anywhere: the next one goes on with the demo that is half there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection

from canbao import demo
from canbao.cli import register
from canbao.demo import activity, loading
from canbao.policy import policies
from canbao.registry import queries as registry

pytestmark = pytest.mark.django_db


class Stopped(BaseException):
    """As Ctrl-C."""


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], None]:
    """`canbao run` up to the register, with its data in a folder of the test's own."""
    monkeypatch.setattr(register, "data_folder", lambda: tmp_path)
    monkeypatch.setattr(loading, "cast_villages", lambda size, seed: {"370481": "370481001008"})
    monkeypatch.delenv("CANBAO_TODAY", raising=False)
    monkeypatch.setenv("CANBAO_CLOCK_SHIFT_DAYS", "0")

    def run() -> None:
        register.load_register([policies.get(policy_id) for policy_id in policies.ids()], lambda line: None)

    return run


def test_bills_that_an_interrupted_start_did_not_issue_are_issued_by_the_next(
    start: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    people: list[str] = []
    begun: list[Callable[[], None]] = []

    def load(progress: object) -> None:
        people.append("loaded")

    def stopped(*args: object) -> None:
        raise Stopped

    monkeypatch.setattr(registry, "has_people", lambda: bool(people))
    monkeypatch.setattr(demo, "load", load)
    monkeypatch.setattr(activity, "begin", stopped)
    with pytest.raises(Stopped):
        start()

    monkeypatch.setattr(activity, "begin", lambda progress, seed, villages, when_done: begun.append(when_done))
    start()
    start()
    assert len(begun) == 2
    begun[-1]()
    start()
    assert len(begun) == 2


def test_the_history_of_the_demo_begins_on_the_demos_day(
    start: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []

    def load(progress: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT (staff_now() AT TIME ZONE 'Asia/Shanghai')::date::text")
            written.append(cursor.fetchone()[0])

    monkeypatch.setenv("CANBAO_TODAY", "2024-11-20")
    monkeypatch.setattr(demo, "load", load)
    monkeypatch.setattr(activity, "begin", lambda *args: None)
    start()

    assert written == ["2024-11-20"]


def test_a_register_that_was_there_before_is_left_alone(
    start: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "has_people", lambda: True)
    monkeypatch.setattr(demo, "load", lambda progress: None)
    monkeypatch.setattr(activity, "begin", lambda *args: pytest.fail("nothing was interrupted"))

    start()
