"""The only writers of the register; whole lists go through `bulk`."""

from __future__ import annotations

from canbao.registry.actions.people import (
    NewResident as NewResident,
)
from canbao.registry.actions.people import (
    certify_category,
    record_contact,
    record_death,
    register_household,
    register_resident,
    reveal,
)

__all__ = [
    "certify_category",
    "record_contact",
    "record_death",
    "register_household",
    "register_resident",
    "reveal",
]
