"""Certificates on paper: Typst sets them, with a font that comes with the program, so that no machine needs its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import manimgx_fonts_cjk  # type: ignore[import-untyped]
import segno
import typst

from canbao.certificates.queries import Paper
from canbao.kernel.clock import SHANGHAI, day_zh
from canbao.kernel.fen import capital_yuan, yuan_said
from canbao.ledger.queries import actor_shown

_SOURCE = Path(__file__).with_name("paper.typ")
FONTS = [str(Path(manimgx_fonts_cjk.__file__).parent)]
_GROUP = 5
# All eight masks are readable; to choose the best one takes six times as long as the rest of the symbol.
_QR_MASK = 3


def shown_code(code: str) -> str:
    """In groups, as people read it aloud."""
    return "-".join(code[at : at + _GROUP] for at in range(0, len(code), _GROUP))


def pdf(papers: Sequence[Paper], address: str, full_numbers: Mapping[int, str] | None = None) -> bytes:
    """One page each. `address` is that of the public page without the code, which the QR code adds behind a slash.

    Numbers are masked but for those of `full_numbers`: resident id → number, whose reading the caller has logged.
    """
    sheets = [_sheet(paper, address, (full_numbers or {}).get(paper.resident.pk)) for paper in papers]
    made = typst.compile(
        str(_SOURCE), font_paths=FONTS, ignore_system_fonts=True, sys_inputs={"papers": json.dumps(sheets)}
    )
    assert isinstance(made, bytes)
    return made


def _sheet(paper: Paper, address: str, number: str | None) -> dict[str, object]:
    resident, payment, bill, cover = paper.resident, paper.payment, paper.bill, paper.cover
    paid_at = payment.paid_at.astimezone(SHANGHAI)
    days = "—"
    if cover is not None and cover.cover_from is not None and paper.last_covered is not None:
        days = f"{day_zh(cover.cover_from)} – {day_zh(paper.last_covered)}"
    return {
        "name": resident.name,
        "number": number or str(resident.id_number or "—"),
        "village": paper.village,
        "scheme": "城乡居民基本医疗保险费",
        "year": bill.benefit_year,
        "standard": f"{yuan_said(bill.standard_fen)} 元",
        "amount": f"{yuan_said(payment.amount_fen)} 元",
        "capital": capital_yuan(payment.amount_fen),
        "paid_at": f"{day_zh(paid_at)} {paid_at:%H:%M}",
        "channel": f"{payment.channel_name}{f' · {payment.get_method_display()}' if payment.method else ''}",
        "collector": actor_shown(payment.collected_by),
        "receipt": payment.receipt_no,
        "cover": days,
        "code": shown_code(paper.certificate.code),
        "address": address.partition("://")[2],
        "qr": _qr(f"{address}/{paper.certificate.code}"),
        "issued_by": actor_shown(paper.certificate.issued_by),
        "issued_on": day_zh(_day(paper)),
        "invented": resident.invented,
    }


def _qr(text: str) -> str:
    """An SVG image."""
    return str(segno.make(text, error="m", mask=_QR_MASK, micro=False).svg_inline(border=0))


def _day(paper: Paper) -> date:
    return paper.certificate.issued_at.astimezone(SHANGHAI).date()
