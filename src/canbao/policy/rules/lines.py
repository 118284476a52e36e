"""缴费项目: what is paid in one payment — the contribution, repaired years, and other products."""

from __future__ import annotations

from typing import cast

from ..answer import Answer, Line
from ..charges import Charge, Product
from ..facts import Facts
from ..shares import Grant, grant_of
from ..trace import Tracer

CONTRIBUTION, REPAIR = "contribution", "repair"
NO_GRANT = Grant((), 0)


def lines(facts: Facts, answer: Answer, trace: Tracer) -> list[Line]:
    """个人缴费、补缴修复、附加项目各为一项；附加项目按各自规定是否资助。"""
    standard, personal = answer.standard_fen or 0, answer.personal_fen or 0
    found = [Line(CONTRIBUTION, standard, personal)]
    if answer.repair_fen:
        found.append(Line(REPAIR, answer.repair_fen, answer.repair_fen))
    for charge in facts.policy.products:
        line = _product(facts, charge, standard, trace)
        if line is not None:
            found.append(line)
    return found


def _product(facts: Facts, charge: Charge, standard_fen: int, trace: Tracer) -> Line | None:
    whole = charge.whole_fen(facts, standard_fen)
    if whole is None:
        return None
    product = cast(Product, charge.part)
    fen = charge.fen(facts, whole)
    grant = _grant(facts, product, fen)
    if trace.listens:
        cited = product.aid if product.aid is not None and grant.total_fen else product
        words = "line.aided" if grant.total_fen else "line"
        sources, readings = [*product.source, *cited.source], [*product.reading, *cited.reading]
        trace.add(
            "line", fen, list(dict.fromkeys(sources)), list(dict.fromkeys(readings)),
            words, product.name, fen, grant.payers,
        )  # fmt: skip
    return Line(charge.code, fen, fen - grant.total_fen, grant.payers)


def _grant(facts: Facts, product: Product, fen: int) -> Grant:
    aid = product.aid
    if aid is None:
        return NO_GRANT
    test = facts.policy.product_aid[id(aid)]
    return grant_of(aid.pays, fen, fen) if test is None or test(facts) else NO_GRANT
