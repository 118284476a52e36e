"""The page of clauses: which policy keys carry each, what uses it, and for which part it is planned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from canbao.policy import Policy, policies
from canbao.policy.loading import parts
from canbao.policy.model import Cited
from canbao.policy.notice import Control, Task
from tests.house.sources import ROOT

PAGE: Final = ROOT / "docs" / "reference" / "clauses.md"
PLANNED: Final = (
    "register",
    "subsidies",
    "money",
    "cover and portal",
    "campaign",
    "day close",
    "scale",
    "other cities",
)
ROWS: Final = {
    "370700-2025": ("WF", 55),
    "370124-2025": ("PY", 91),
    "370481-2025": ("TZ", 123),
    "140600-2025": ("SZ", 49),
    "310000-2025": ("SH", 85),
}
SHOWN: Final = "`canbao policy show`"
SECTION_USED: Final = {
    "contacts": "leaflet page",
    "answers": "leaflet page",
    "benefits": "leaflet page",
    "mutual_aid": "family mutual aid",
    "routes": "enrolment, counter",
    "certificate": "payment certificate",
    "channels": "payment",
    "lists": "lists",
}
"""Sections of the notice that work out more than what is shown."""
HOMES: Final = {
    "quote": "cli/policy.py",
    "bill": "billing",
    "cover": "entitlement",
    "counter": "faces/console/counter.py",
    "enrolment": "enrolment",
    "lists": "intake",
    "payment": "payments",
    "family mutual aid": "mutual_aid",
    "channels page": "faces/console/channels.py",
    "reconciliation": "reconciliation",
    "work lists": "faces/console/lists.py",
    "leaflet page": "faces/leaflets.py",
    "ledger": "ledger",
    "payment certificate": "certificates",
    "supervision": "supervision",
    "reasons": "faces/console/reasons.py",
    SHOWN: "policy/leaflet_notice.py",
}
"""Where in src/canbao stands what the column “used by” names."""
USED: Final = {
    "window": "quote, bill, counter",
    "age": "quote, bill",
    "scope": "quote, bill, enrolment",
    "classes": "quote, bill",
    "no_class": "quote, bill",
    "government": "quote, bill",
    "aid": "quote, bill",
    "waiting": "quote, bill, cover",
    "cover": "quote, bill, cover",
    "targets": "supervision",
}
SECTION_PLANNED: Final = {
    "funding": "subsidies",
    "supervision": "campaign",
    "incentives": "cover and portal",
}
TASK_USED: Final = {
    "register": "enrolment",
    "schools_data": "lists",
    "list": "lists",
    "lists_in_time": "lists",
    "hardship_changes": "lists",
    "record_reasons": "reasons",
    "everyone_enrolled": "supervision",
    "everyone_insured": "supervision",
    "payment_complete": "supervision",
    "supervise_progress": "supervision",
    "window_closes": "quote, bill",
    "register_early": "enrolment",
    "deduct_renewal": "family mutual aid",
    "deduct_rural": "family mutual aid",
    "deduct_school": "family mutual aid",
    "population": "lists",
    "data.head_count": "lists",
    "check_aided": "work lists",
    "remind_each": "work lists",
    "remind_unpaid": "work lists",
    "questions": "counter",
    "banks": "payment",
    "banks_accept": "payment",
    "channels": "payment",
    "town_collects": "payment",
    "collection": "payment, supervision",
    "tax_collects": "payment, supervision",
    "guide_collection": "supervision",
    "check.head_count": "reconciliation",
    "payment_data": "reconciliation",
    "reconcile": "reconciliation",
}
"""Kinds of tasks and single ones that the product carries out; one key may be of two kinds."""
CONTROL_USED: Final = {
    "money": "payment, ledger",
    "choice": "payment",
    "channels_open": "channels page",
    "data_checks": "lists, reconciliation",
    "nobody_missed": "lists, enrolment, work lists",
}
"""Kinds of controls and single ones."""
PART_USED: Final = {
    "funding.assistance.steps.0": "lists",
    "funding.assistance.steps.1": "lists",
    "funding.assistance.steps.4": "cover",
    "funding.on_behalf.steps.0": "lists",
    "funding.on_behalf.steps.1": "lists",
    "incentives.announced": "leaflet page",
}
"""Single parts of sections that are planned otherwise."""
TASK_PLANNED: Final = {
    "archive": "day close",
    "check": "day close",
    "collect": "campaign",
    "data": "campaign",
    "fund": "subsidies",
    "plan": "campaign",
    "publicity": "campaign",
    "publish": "campaign",
    "remind": "campaign",
    "report": "campaign",
    "supervise": "campaign",
    "train": "campaign",
}
CONTROL_PLANNED: Final = {
    "person": "subsidies",
    "place": "register",
    "complaint": "campaign",
    "opinion": "campaign",
    "emergency": "campaign",
    "assessment": "campaign",
    "liability": "campaign",
}
KEY_PLANNED: Final = {
    "banks_remit": "day close",
    "special_slips": "subsidies",
    "special_declaration": "subsidies",
    "supervise_fund": "day close",
}
"""Tasks that belong elsewhere than their kind."""
WORDS_SHOWN: Final = 26


def rows() -> list[tuple[str, str]]:
    """(policy id, row id) of every row of the five notices, in order."""
    return [
        (wanted, f"{prefix}-{number:02d}")
        for wanted, (prefix, count) in ROWS.items()
        for number in range(1, count + 1)
    ]  # fmt: skip


def carriers(policy: Policy) -> dict[str, dict[str, str | None]]:
    """Row id -> the policy keys that cite it, each with the part that is planned for it (None: it is used already)."""
    found: dict[str, dict[str, str | None]] = {}
    for loc, part in parts(policy.file):
        if isinstance(part, Cited):
            for row in part.source:
                found.setdefault(row, {})[".".join(str(key) for key in loc)] = _planned(policy, loc)
    return found


def _used(policy: Policy, key: str) -> str:
    first, _, rest = key.partition(".")
    if rest in PART_USED:
        return PART_USED[rest]
    if rest.startswith("tasks.") and (found := _task_used(policy, rest.split(".")[1])):
        return found
    if rest.startswith("controls.") and (found := _control_used(policy, rest.split(".")[1])):
        return found
    return SECTION_USED.get(rest.partition(".")[0], SHOWN) if first == "notice" else USED[first]


def _task_used(policy: Policy, key: str) -> str | None:
    kind = policy.notice.tasks[key].kind
    return TASK_USED.get(f"{kind}.{key}") or TASK_USED.get(key) or TASK_USED.get(kind)


def _control_used(policy: Policy, key: str) -> str | None:
    return CONTROL_USED.get(key) or CONTROL_USED.get(policy.notice.controls[key].kind)


def _planned(policy: Policy, loc: tuple[str | int, ...]) -> str | None:
    if loc[0] != "notice":
        return None
    section, key = str(loc[1]), str(loc[2]) if len(loc) > 2 else ""
    if ".".join(str(step) for step in loc[1:]) in PART_USED:
        return None
    if section == "tasks":
        task: Task = policy.notice.tasks[key]
        return None if _task_used(policy, key) else KEY_PLANNED.get(key, TASK_PLANNED[task.kind])
    if section == "controls":
        control: Control = policy.notice.controls[key]
        return None if _control_used(policy, key) else CONTROL_PLANNED[control.kind]
    return SECTION_PLANNED.get(section)


def uses() -> set[str]:
    """All that the column “used by” names."""
    found = (
        _used(policies.get(wanted), key)
        for wanted in ROWS
        for keys in carriers(policies.get(wanted)).values()
        for key in keys
    )
    return {use for each in found for use in each.split(", ")}


def clauses_page() -> str:
    homes = "; ".join(f"{use} is `src/canbao/{home}`" for use, home in HOMES.items() if use != SHOWN)
    lines = [
        "# Where every clause stands",
        "",
        "Every row of the five notices, the keys of the policy file that carry it, what uses it, and the part it waits",
        "for. Made by `make docs` from the policies. A bill uses what stands in `<year>.yaml`; `notice.…` stands in",
        f"`<year>.notice.yaml`. The planned parts are a closed list: {', '.join(PLANNED)}.",
        _waiting(),
        f"Under “used by”: {homes}.",
    ]
    for wanted, (_, count) in ROWS.items():
        policy = policies.get(wanted)
        lines += ["", f"## {policy.place.zh} {policy.place.en}: {count} rows, `{wanted}`", ""]
        lines += ["| row | clause | words | policy keys | used by | planned |", "|---|---|---|---|---|---|"]
        lines += [*_lines(policy, wanted)]
    return "\n".join(lines) + "\n"


def _waiting() -> str:
    """How many rows wait for each planned part."""
    waits: Counter[str] = Counter()
    for wanted in ROWS:
        for keys in carriers(policies.get(wanted)).values():
            waits.update({part for part in keys.values() if part is not None})
    some = ", ".join(f"{part} ({waits[part]})" for part in PLANNED if waits[part])
    return f"Rows still wait for {some}; none for {', '.join(part for part in PLANNED if not waits[part])}."


def _lines(policy: Policy, wanted: str) -> Iterator[str]:
    carried = carriers(policy)
    for row in (row for place, row in rows() if place == wanted):
        clause, keys = policy.clauses[row], carried[row]
        words = clause.text if len(clause.text) <= WORDS_SHOWN else clause.text[:WORDS_SHOWN] + "…"
        used = dict.fromkeys(use for key in keys for use in _used(policy, key).split(", "))
        planned = dict.fromkeys(part for part in keys.values() if part is not None)
        yield (
            f"| {row} | {clause.clause} | {words.replace('|', ' ')} | {', '.join(f'`{key}`' for key in keys)} "
            f"| {', '.join(used)} | {', '.join(planned)} |"
        )
