"""The only writers of statements, of what does not agree with them, and of what was handed on."""

from __future__ import annotations

from canbao.reconciliation.actions.remitting import follow, take_arrivals
from canbao.reconciliation.actions.statements import explain, match_again, take_on, take_statement

__all__ = ["explain", "follow", "match_again", "take_arrivals", "take_on", "take_statement"]
