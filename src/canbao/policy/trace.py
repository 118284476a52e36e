"""The steps of one answer, collected on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .answer import Step

if TYPE_CHECKING:
    from .policy import Policy


class Trace:
    """Collects steps; SILENT drops them where only the figures are wanted."""

    __slots__ = ("policy", "steps")
    listens = True

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.steps: list[Step] = []

    def add(
        self, rule: str, outcome: str | int | None, source: list[str], reading: list[str], words: str, *values: Any
    ) -> None:
        self.steps.append(Step(rule, outcome, source, reading, words, values, self.policy))


class _Silent:
    """Drops every step: for an answer under another reading, of which only the figures are compared."""

    __slots__ = ("steps",)
    listens = False

    def __init__(self) -> None:
        self.steps: list[Step] = []

    def add(
        self, rule: str, outcome: str | int | None, source: list[str], reading: list[str], words: str, *values: Any
    ) -> None:
        return None


SILENT = _Silent()
Tracer = Trace | _Silent
