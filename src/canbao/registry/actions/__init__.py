"""The only writers of the register; whole lists go through `bulk`."""

from __future__ import annotations

from canbao.registry.actions.categories import certify_category, end_category, take_back_category
from canbao.registry.actions.counter import register_at_counter
from canbao.registry.actions.deaths import DEATH as DEATH
from canbao.registry.actions.deaths import (
    ask_to_record_death,
    ask_to_take_back_death,
    record_death,
    take_back_death,
)
from canbao.registry.actions.facts import NewFact as NewFact
from canbao.registry.actions.facts import begin_fact, end_fact, end_what_holds, take_back_fact
from canbao.registry.actions.households import (
    move_household,
    move_resident,
    name_head,
    record_address,
    register_household,
    say_kinship,
)
from canbao.registry.actions.merges import (
    ask_to_merge,
    ask_to_part,
    merge_residents,
    part_residents,
    say_not_same,
)
from canbao.registry.actions.papers import change_document
from canbao.registry.actions.people import (
    NewResident as NewResident,
)
from canbao.registry.actions.people import (
    phone_to_call,
    record_contact,
    register_resident,
    reveal,
)

__all__ = [
    "ask_to_merge",
    "ask_to_part",
    "ask_to_record_death",
    "ask_to_take_back_death",
    "begin_fact",
    "certify_category",
    "change_document",
    "end_category",
    "end_fact",
    "end_what_holds",
    "merge_residents",
    "move_household",
    "move_resident",
    "name_head",
    "part_residents",
    "phone_to_call",
    "record_address",
    "record_contact",
    "record_death",
    "register_at_counter",
    "register_household",
    "register_resident",
    "reveal",
    "say_kinship",
    "say_not_same",
    "take_back_category",
    "take_back_death",
    "take_back_fact",
]
