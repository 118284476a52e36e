"""The only readers of the register."""

from __future__ import annotations

from canbao.registry.queries.ending import permits_ending
from canbao.registry.queries.history import Event as Event
from canbao.registry.queries.history import Known as Known
from canbao.registry.queries.history import as_known, events, household_events
from canbao.registry.queries.identity import born_already, masked_name, same_name
from canbao.registry.queries.pairs import Compared as Compared
from canbao.registry.queries.pairs import Pair as Pair
from canbao.registry.queries.pairs import (
    compared,
    count_suspicious_pairs,
    merged_rows,
    merges_of,
    row_ids,
    said_apart,
    suspicious_pairs,
)
from canbao.registry.queries.people import ResidentCard as ResidentCard
from canbao.registry.queries.people import (
    card,
    categories_of,
    categories_on,
    categories_taken_back,
    count_residents,
    dated_facts_on,
    facts,
    facts_of,
    facts_on,
    find_residents,
    has_people,
    has_real_people,
    household,
    household_members,
    living_in,
    locked_resident,
    locked_residents,
    number_indexes,
    resident,
    village_codes,
    visible,
    with_number,
)

__all__ = [
    "as_known",
    "born_already",
    "card",
    "categories_of",
    "categories_on",
    "categories_taken_back",
    "compared",
    "count_residents",
    "count_suspicious_pairs",
    "dated_facts_on",
    "events",
    "facts",
    "facts_of",
    "facts_on",
    "find_residents",
    "has_people",
    "has_real_people",
    "household",
    "household_events",
    "household_members",
    "living_in",
    "locked_resident",
    "locked_residents",
    "masked_name",
    "merged_rows",
    "merges_of",
    "number_indexes",
    "permits_ending",
    "resident",
    "row_ids",
    "said_apart",
    "same_name",
    "suspicious_pairs",
    "village_codes",
    "visible",
    "with_number",
]
