"""Compare two ledgers on one machine, in this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import ledgers, report
from .matching import Keys, match


def reconcile(
    ours: Path, theirs: Path, folder: Path, keys: Keys, warn: Callable[[str], None], *, csv: bool = False
) -> dict[str, Any]:
    """Write the differences and the sums into `folder`; gives the sums. Raises Unreadable, and then writes nothing."""
    own, other = ledgers.read(ours, warn), ledgers.read(theirs, warn)
    found = match(own, other, keys)
    sums = report.summary(own, other, found)
    report.write(folder, report.differences(own, other, found), sums, csv=csv)
    return sums
