"""What somebody says a correction rests on: words, and no whole document number among them."""

from __future__ import annotations

import re
import unicodedata

from canbao.registry.refusals import ReasonMissing
from canbao.registry.refused_corrections import ProofHoldsNumber, ProofMissing

WORDS_MAX = 200
_WHOLE_NUMBER = re.compile(r"(?<!\d)(?:\d[\s\-]*){17}[\dXx](?!\d)")


def holds_whole_number(text: str) -> bool:
    return _WHOLE_NUMBER.search(unicodedata.normalize("NFKC", text)) is not None


def proof_of(text: str) -> str:
    """The document, on one line. ProofMissing, ProofHoldsNumber."""
    return _said(text, ProofMissing)


def reason_of(text: str) -> str:
    """The reason, on one line. ReasonMissing, ProofHoldsNumber."""
    return _said(text, ReasonMissing)


def _said(text: str, missing: type[ProofMissing] | type[ReasonMissing]) -> str:
    said = " ".join(text.split())[:WORDS_MAX]
    if not said:
        raise missing
    if holds_whole_number(said):
        raise ProofHoldsNumber
    return said
