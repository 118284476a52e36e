"""QR codes as drawings in a page."""

from __future__ import annotations

import segno
from django.utils.safestring import SafeString, mark_safe

_SCALE, _BORDER = 5, 4


def qr_svg(text: str) -> SafeString:
    """An inline SVG of the text, black on white whatever the page is."""
    drawing = segno.make(text, error="m").svg_inline(scale=_SCALE, border=_BORDER, light="#fff", omitsize=True)
    return mark_safe(drawing)  # squares, made here
