"""SM3 digests of entries, links and seals: the same text gives the same digest for ever.

An entry's text is one line a field and one line a transfer, separated by the unit separator, so that no name can
imitate a boundary. Times are UTC with microseconds. A link digests the link before it and its entry; the first link
of a day follows the seal of the last sealed day, or 32 zero bytes where there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from cryptography.hazmat.primitives import hashes

GENESIS = bytes(32)
_SEPARATOR = "\x1f"


def sm3(data: bytes) -> bytes:
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize()


def entry_digest(
    *,
    pooling_area: str,
    idem: str,
    cause_kind: str,
    cause_id: str,
    posted_at: datetime,
    day: date,
    effective_on: date,
    actor: str,
    reverses_id: int | None,
    transfers: Sequence[tuple[str, str, int]],
) -> bytes:
    """32 bytes over everything an entry says; `transfers` are (debit, credit, fen) in their order."""
    moment = posted_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    head = (
        pooling_area, idem, cause_kind, cause_id, moment, day.isoformat(), effective_on.isoformat(), actor,
        str(reverses_id or ""),
    )  # fmt: skip
    lines = [_SEPARATOR.join(head), *(_SEPARATOR.join((d, c, str(fen))) for d, c, fen in transfers)]
    return sm3("\n".join(lines).encode())


def link_digest(previous: bytes, entry_sm3: bytes) -> bytes:
    return sm3(previous + entry_sm3)


def seal_digest(previous: bytes, last_link: bytes, day: date, entries: int, amount_fen: int) -> bytes:
    return sm3(previous + last_link + f"{day.isoformat()}{_SEPARATOR}{entries}{_SEPARATOR}{amount_fen}".encode())
