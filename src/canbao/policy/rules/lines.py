"""附加项目: what else is paid in the same payment, such as long-term care."""

from __future__ import annotations

from typing import cast

from ..answer import Line
from ..charges import Charge, Product
from ..facts import Facts
from ..shares import Grant, grant_of
from ..trace import Tracer

NO_GRANT = Grant((), 0)


def products(facts: Facts, standard_fen: int, trace: Tracer) -> tuple[Line, ...]:
    """与个人缴费一并缴纳的附加项目，各为一项，按各自规定是否资助。"""
    found = (_product(facts, charge, standard_fen, trace) for charge in facts.policy.products)
    return tuple(line for line in found if line is not None)


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
