"""Who certifies which category: the department whose list the notice names, else that of the national layer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError

from .catalogue import policies
from .document import read
from .faults import faults_of
from .loading import NOTICE_ENDING, NoticeFile
from .notice import ListProvider
from .policy import Policy
from .refusals import PolicyFaults

Certifiers = Mapping[str, frozenset[str]]
"""Category → departments, by the codes that notices use for actors."""
NATIONAL = f"national{NOTICE_ENDING}"


def certifiers(policy: Policy | None) -> Certifiers:
    """Those of a policy; of the national layer alone for a place without one. PolicyFaults if that cannot be read."""
    path = policies.folder / NATIONAL
    return {**_national(path, path.stat().st_mtime_ns), **(_named(policy.notice.lists) if policy else {})}


@lru_cache(maxsize=8)
def _national(path: Path, _changed: int) -> Certifiers:
    found = read(path)
    try:
        file = NoticeFile.model_validate(found.data)
    except ValidationError as error:
        raise PolicyFaults(faults_of(error, NoticeFile, found.places, path)) from None
    return _named(file.notice.lists)


def _named(lists: Mapping[str, ListProvider]) -> Certifiers:
    found: dict[str, set[str]] = defaultdict(set)
    for provider in lists.values():
        for category in provider.categories:
            found[category].add(provider.department)
    return {category: frozenset(departments) for category, departments in found.items()}
