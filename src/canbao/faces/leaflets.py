"""A policy as a leaflet: what it says, in the order a reader asks, every line with the clauses it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.http import Http404
from django.utils.translation import get_language, gettext

from canbao.areas import queries as areas
from canbao.enrolment import queries as enrolment
from canbao.faces.reasons import QuotedClause, is_copied, is_in_table, quoted
from canbao.faces.templatetags.kit import money
from canbao.faces.words import PAYERS, word
from canbao.policy import Policy, policies
from canbao.policy.leaflet import SECTIONS, sentences
from canbao.policy.leaflet_notice import KINDS, SECTION_KINDS
from canbao.policy.model import Cited, Government, Words
from canbao.policy.readings import ReadingTold, readings_told
from canbao.policy.said import Said
from canbao.policy.shares import Share


def policy_of(policy_id: str) -> Policy:
    """The policy with this id. Http404 if there is none; a path is never read."""
    if policy_id not in policies.ids():
        raise Http404
    return policies.get(policy_id)


def policy_today(policy_id: str) -> Policy:
    """As `policy_of`, with the window as it is extended for the whole place."""
    return enrolment.policy_at(policy_of(policy_id).id, policies.get(policy_id).area)


@dataclass(frozen=True)
class Basis:
    """Where a line comes from: clauses for the links, one for each number, and the readings that settle it."""

    clauses: list[QuotedClause]
    readings: list[str]


@dataclass(frozen=True)
class FeeLine:
    name: Words
    standard_fen: int
    late_fen: int | None
    previous_fen: int | None
    government: Government | None
    basis: Basis


@dataclass(frozen=True)
class AidLine:
    name: Words
    payers: list[tuple[str, str]]
    basis: Basis


@dataclass(frozen=True)
class Line:
    """One sentence of the leaflet in the reader's language; `name` is its beginning where that names the thing."""

    name: str
    text: str
    basis: Basis


@dataclass(frozen=True)
class Section:
    """One heading. `silent` are the subjects of it that the notice does not state; `folded` until it is asked for."""

    code: str
    title: tuple[str, str]
    lines: list[Line]
    silent: list[tuple[str, str]]
    folded: bool


@dataclass(frozen=True)
class Passage:
    """One passage of a notice. Several clauses may be taken from the same words, so it has several anchors."""

    keys: list[str]
    number: str
    text: str

    @property
    def in_table(self) -> bool:
        return is_in_table(self.number)


@dataclass(frozen=True)
class DocumentPart:
    title: str
    cited_as: str
    copied: bool
    passages: list[Passage]


@dataclass(frozen=True)
class LongerWindow:
    """A part of the place in which the window stays open longer."""

    name: str
    closes: date
    document: str


@dataclass(frozen=True)
class Leaflet:
    fees: list[FeeLine]
    aid: list[AidLine]
    window: Basis
    longer: list[LongerWindow]
    channels: list[Words]
    sections: list[Section]
    readings: list[ReadingTold]
    documents: list[DocumentPart]


READING_ORDER: Final = (
    "classes", "government", "aid", "channels", "routes", "scope", "cover", "waiting", "mutual_aid", "benefits",
    "refunds", "answers", "contacts", "calendar", "tasks", "targets", "lists", "controls", "place",
)  # fmt: skip
"""What a resident asks first stands first; then what concerns the offices."""
OPEN: Final = ("classes", "aid", "channels", "routes", "cover")
TITLES: Final = {**SECTIONS, "classes": ("缴多少", "How much"), "aid": ("谁可以少缴或不缴", "Who pays less or nothing")}


def basis_of(policy: Policy, part: Cited) -> Basis:
    said = [key for key in part.source if not policy.clauses[key].silent]
    by_number = {(clause.document, clause.number): clause for clause in reversed(quoted(policy, said))}
    return Basis(list(reversed(by_number.values())), list(part.reading))


def leaflet_of(policy: Policy) -> Leaflet:
    file = policy.file
    return Leaflet(
        fees=[
            FeeLine(
                fee.name,
                fee.standard_fen,
                fee.standard_fen_late,
                fee.previous_fen,
                fee.government or file.government,
                basis_of(policy, fee),
            )
            for fee in file.classes.values()
        ],
        aid=[
            AidLine(
                rule.name,
                [(word(PAYERS, payer), share_in_words(share)) for payer, share in rule.pays.items()],
                basis_of(policy, rule),
            )
            for rule in file.aid.rules.values()
        ],
        window=basis_of(policy, file.window),
        longer=longer_in(policy),
        channels=[channel.name for channel in policy.notice.channels.values()],
        sections=sections_of(policy),
        readings=[told for told in readings_told(policy) if told.unsettled],
        documents=documents_of(policy),
    )


def longer_in(policy: Policy) -> list[LongerWindow]:
    rows = enrolment.longer_windows(policy.id)
    return [LongerWindow(areas.full_name(row.area_code), row.closes, row.document) for row in rows]


def sections_of(policy: Policy) -> list[Section]:
    """Everything that the policy says but the tables of fees and aid, and what it leaves unsaid."""
    tables = {("classes", code) for code in policy.file.classes} | {("aid", code) for code in policy.file.aid.rules}
    lines: dict[str, list[Line]] = {}
    for said in sentences(policy):
        if said.key not in tables and said.key != ("controls", "absent"):
            lines.setdefault(said.key[0], []).append(_line(policy, said))
    absent = set(policy.notice.not_configured)
    found = []
    for code in READING_ORDER:
        kinds = SECTION_KINDS.get(code, ())
        silent = [KINDS[kind] for kind in kinds if kind in absent]
        if lines.get(code) or silent or code in ("classes", "aid"):
            found.append(Section(code, TITLES[code], lines.get(code, []), silent, code not in OPEN))
    return found


def _line(policy: Policy, said: Said) -> Line:
    language = "en" if get_language() == "en" else "zh"
    text = str(getattr(said, language))
    named = getattr(said.part, "name", None)
    name = str(getattr(named, language)) if isinstance(named, Words) else ""
    starts = bool(name) and text.startswith(name) and text != name
    basis = basis_of(policy, said.part) if said.part is not None else Basis([], [])
    return Line(name if starts else "", text.removeprefix(name) if starts else text, basis)


def share_in_words(share: Share) -> str:
    if share.percent is not None:
        return f"{share.percent.normalize():f}%"
    if share.fen is not None:
        return money(share.fen)
    return gettext("个人缴 %(amount)s 之外的部分") % {"amount": money(share.all_but_fen)}


def documents_of(policy: Policy) -> list[DocumentPart]:
    """Every passage by its document, in the order of the file."""
    return [
        DocumentPart(document.title, document.cited_as, is_copied(document), passages_of(policy, name))
        for name, document in policy.documents.items()
    ]


def passages_of(policy: Policy, document: str) -> list[Passage]:
    found: dict[tuple[str, str], Passage] = {}
    for key, clause in policy.clauses.items():
        if clause.document == document and not clause.silent:
            words = (clause.clause, clause.text.strip())
            found.setdefault(words, Passage([], *words)).keys.append(key)
    return list(found.values())
