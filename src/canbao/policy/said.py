"""One sentence of a leaflet, and how it cites the clauses that it rests on."""

from __future__ import annotations

from dataclasses import dataclass

from .model import Cited
from .policy import Policy


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that a policy says; `key` names it in the file, so that two policies can be compared."""

    key: tuple[str, ...]
    zh: str
    en: str
    cited: str = ""


def cited(policy: Policy, part: Cited) -> str:
    """The clauses of a part as the notice numbers them, then its readings: 二(一) [TZ-06] · A-01.

    The document is named unless it is the first of the file, the notice itself.
    """
    notice = next(iter(policy.documents))
    numbers: dict[str, list[str]] = {}
    for key in part.source:
        clause = policy.clauses[key]
        document = "" if clause.document == notice else policy.documents[clause.document].cited_as + " "
        numbers.setdefault(document + clause.clause, []).append(key)
    found = [f"{number} [{', '.join(keys)}]" for number, keys in numbers.items()]
    return " · ".join([*found, *part.reading])
