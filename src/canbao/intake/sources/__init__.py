"""The lists that departments hand in. Each is a small declaration; what it does to the register is its effect."""

from __future__ import annotations

from canbao.intake.sources.declared import SOURCES
from canbao.intake.sources.source import Source
from canbao.kernel.scope import Scope

__all__ = ["SOURCES", "Source", "offered", "source"]

_BY_CODE = {each.code: each for each in SOURCES}


def source(code: str) -> Source:
    """KeyError if there is none."""
    return _BY_CODE[code]


def offered(scope: Scope) -> list[Source]:
    """The lists that somebody in one of these roles may hand in."""
    return [each for each in SOURCES if each.given_by & scope.roles]
