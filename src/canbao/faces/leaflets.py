"""A policy as a leaflet: what it says, in the order a reader asks, every line with the clauses it rests on."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404
from django.utils.translation import gettext

from canbao.faces.reasons import QuotedClause, ReadingShown, is_copied, is_in_table, quoted, reading
from canbao.faces.templatetags.kit import money
from canbao.faces.words import PAYERS, word
from canbao.policy import Policy, policies
from canbao.policy.model import Cited, Government, Words
from canbao.policy.shares import Share


def policy_of(policy_id: str) -> Policy:
    """The policy with this id. Http404 if there is none; a path is never read."""
    if policy_id not in policies.ids():
        raise Http404
    return policies.get(policy_id)


@dataclass(frozen=True)
class Basis:
    """Where a line comes from: clauses for the links, one for each number, and the readings that settle it."""

    clauses: list[QuotedClause]
    readings: list[str]


@dataclass(frozen=True)
class FeeLine:
    name: Words
    standard_fen: int
    previous_fen: int | None
    government: Government | None
    basis: Basis


@dataclass(frozen=True)
class AidLine:
    name: Words
    payers: list[tuple[str, str]]
    basis: Basis


@dataclass(frozen=True)
class SaidLine:
    """One sentence or name with its basis."""

    words: Words | None
    text: str
    basis: Basis


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
class Leaflet:
    fees: list[FeeLine]
    aid: list[AidLine]
    grounds: list[SaidLine]
    waiting: list[SaidLine]
    cover: list[SaidLine]
    targets: list[SaidLine]
    window: Basis
    to_confirm: list[ReadingShown]
    documents: list[DocumentPart]


def basis_of(policy: Policy, part: Cited) -> Basis:
    by_number = {(clause.document, clause.number): clause for clause in reversed(quoted(policy, part.source))}
    return Basis(list(reversed(by_number.values())), list(part.reading))


def leaflet_of(policy: Policy) -> Leaflet:
    file = policy.file
    readings = [reading(policy, code) for code in policy.readings]
    return Leaflet(
        fees=[
            FeeLine(
                fee.name,
                fee.standard_fen,
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
        grounds=[SaidLine(ground.name, "", basis_of(policy, ground)) for ground in file.scope.grounds.values()],
        waiting=waiting_lines(policy),
        cover=[SaidLine(case.name, "", basis_of(policy, case)) for case in file.cover.values()],
        targets=[
            SaidLine(
                target.name,
                "" if target.percent is None else f"{target.percent.normalize():f}%",
                basis_of(policy, target),
            )
            for target in file.targets.values()
        ],
        window=basis_of(policy, file.window),
        to_confirm=[entry for entry in readings if entry.unsettled],
        documents=documents_of(policy),
    )


def share_in_words(share: Share) -> str:
    if share.percent is not None:
        return f"{share.percent.normalize():f}%"
    if share.fen is not None:
        return money(share.fen)
    return gettext("个人缴 %(amount)s 之外的部分") % {"amount": money(share.all_but_fen)}


def waiting_lines(policy: Policy) -> list[SaidLine]:
    waiting = policy.file.waiting
    per_year = waiting.added_months_per_gap_year
    lines = [
        (
            waiting.fixed_months,
            gettext("错过集中缴费期或断保的，固定等待 %(n)s 个月。") % {"n": waiting.fixed_months.value},
        ),
        (per_year, gettext("每断保一年，再加 %(n)s 个月。") % {"n": per_year.value}),
        (
            waiting.first_gap_year_adds,
            gettext("第一个断保年度也加。") if waiting.first_gap_year_adds.value else gettext("第一个断保年度不加。"),
        ),
        (
            waiting.floor,
            gettext("断保 %(years)s 年及以上，合计不少于 %(months)s 个月。")
            % {"years": waiting.floor.gap_years, "months": waiting.floor.months},
        ),
        (
            waiting.repair,
            gettext("可以补缴断保的年份，每补一年少等 %(n)s 个月。") % {"n": waiting.repair.months_per_year}
            if waiting.repair.allowed
            else gettext("不能补缴断保的年份。"),
        ),
        (
            waiting.transfer,
            gettext("连续参保满 %(years)s 年、中断不超过 %(months)s 个月转来的，不等待。")
            % {"years": waiting.transfer.years_min, "months": waiting.transfer.gap_months_max},
        ),
    ]
    return [SaidLine(None, text, basis_of(policy, part)) for part, text in lines]


def documents_of(policy: Policy) -> list[DocumentPart]:
    """Every passage by its document, in the order of the file."""
    return [
        DocumentPart(document.title, document.cited_as, is_copied(document), passages_of(policy, name))
        for name, document in policy.documents.items()
    ]


def passages_of(policy: Policy, document: str) -> list[Passage]:
    found: dict[tuple[str, str], Passage] = {}
    for key, clause in policy.clauses.items():
        if clause.document == document:
            words = (clause.clause, clause.text.strip())
            found.setdefault(words, Passage([], *words)).keys.append(key)
    return list(found.values())
