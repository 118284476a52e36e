"""Whether the register's row is the person whom somebody's words mean: by name as written, and for a child at birth."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from canbao.kernel.scope import Scope
from canbao.registry.models import Resident
from canbao.registry.queries.people import visible

_NAME_SHOWN = 1


def same_name(one: str, other: str) -> bool:
    """Whether two spellings are one name: spaces, the dot between parts and the case of letters do not count."""
    return one.replace("·", "").replace(" ", "").upper() == other.replace("·", "").replace(" ", "").upper()


def masked_name(name: str) -> str:
    """Enough to recognise the name by, for whoever knows it."""
    return name[:_NAME_SHOWN] + "＊" * max(len(name) - _NAME_SHOWN, 1)


def born_already(
    scope: Scope, mother: Resident | None, villages: Collection[str], name: str, birth_on: date
) -> Resident | None:
    """The living child of this name and birth in the mother's household, or without number or household in a village.

    A child with a number in another household of these villages is somebody else's.
    """
    living = visible(scope).filter(birth_on=birth_on, died_on=None, merged_into=None).order_by("id")
    home = mother.household_id if mother is not None else None
    rows = list(living.filter(village_code__in=villages))
    rows += list(living.filter(household_id=home).exclude(village_code__in=villages)) if home is not None else []
    for row in rows:
        loose = row.number_index is None or row.household_id is None
        if same_name(row.name, name) and (loose or row.household_id == home):
            return row
    return None
