"""One sentence of a leaflet, and how it cites the clauses that it rests on."""

from __future__ import annotations

from dataclasses import dataclass

from .model import Cited
from .policy import Policy


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that a policy says; `key` names it in the file, so that two policies can be compared.

    `part` is the part of the file that says it, `cited` its clauses and readings in words.
    """

    key: tuple[str, ...]
    zh: str
    en: str
    cited: str = ""
    part: Cited | None = None


def cited(policy: Policy, part: Cited) -> tuple[str, Cited]:
    """The clauses of a part as the notice numbers them, then its readings: 二(一) [TZ-06] · A-01; and the part.

    The document is named unless it is the first of the file, the notice itself.
    """
    notice = next(iter(policy.documents))
    numbers: dict[str, list[str]] = {}
    for key in part.source:
        clause = policy.clauses[key]
        document = "" if clause.document == notice else policy.documents[clause.document].cited_as + " "
        numbers.setdefault(document + clause.clause, []).append(key)
    found = [f"{number} [{', '.join(keys)}]" for number, keys in numbers.items()]
    return " · ".join([*found, *part.reading]), part
