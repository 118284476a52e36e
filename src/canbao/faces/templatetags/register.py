"""What pages of the register need beyond the kit."""

from __future__ import annotations

from django import template

from canbao.registry.codes import NumberKind, Purpose

register = template.Library()

PURPOSES = {
    NumberKind.NUMBER: (Purpose.COMPARE_DOCUMENT, Purpose.FILL_FORM, Purpose.AUDIT),
    NumberKind.PHONE: (Purpose.CALL, Purpose.FILL_FORM, Purpose.AUDIT),
    NumberKind.BANK_CARD: (Purpose.REFUND, Purpose.FILL_FORM, Purpose.AUDIT),
}


@register.filter
def purposes(kind: str) -> list[tuple[str, str]]:
    """What a number of this kind is shown for: code and word."""
    return [(purpose.value, str(purpose.label)) for purpose in PURPOSES[NumberKind(kind)]]
