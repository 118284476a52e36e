"""The reference of roles: what each may do, made from canbao.staff.capabilities."""

from __future__ import annotations

from collections.abc import Iterator

from tests.house.sources import ROOT

PAGE = ROOT / "docs" / "reference" / "roles.md"
DUTIES: dict[str, tuple[str, str]] = {
    "medical_insurance_clerk": (
        "registers, enrols, issues bills, answers; records what departments certified; aggregates aided people",
        "PY-61 PY-74 TZ-47 TZ-50 TZ-65 TZ-66 TZ-68 SZ-23 SZ-35 WF-36 WF-39",
    ),
    "medical_insurance_reviewer": ("the second person for lists, merges and money", "PY-74 PY-84 PY-85 PY-86"),
    "medical_insurance_head": ("decides, extends the window, issues with finance and tax", "WF-03 WF-04 PY-61 PY-81"),
    "tax_officer": (
        "collects and guides collection, keeps channels open, reconciles, prints certificates",
        "WF-04 WF-53 PY-62 PY-75 TZ-45 TZ-69 TZ-70 TZ-71 SZ-27 SZ-40 SZ-41 SZ-43 SZ-44 SH-44 SH-61",
    ),
    "finance_officer": ("arranges and supervises the money", "WF-04 PY-34 PY-56 TZ-48 TZ-72 SZ-38 SZ-39"),
    "civil_affairs": ("hands in who is aided, and every change", "PY-55 TZ-46 TZ-47 TZ-51 TZ-62 SZ-37"),
    "disabled_federation": ("hands in who is severely disabled", "PY-51 TZ-51 TZ-62"),
    "agriculture": ("hands in who returned to poverty, is monitored or alleviated", "PY-33 PY-58 TZ-46 TZ-62 SZ-37"),
    "veterans_affairs": ("hands in preferential persons", "PY-59 TZ-51 TZ-62"),
    "health": ("hands in family-planning families and newborns", "PY-80 TZ-51 TZ-62"),
    "education": ("leads enrolment and collection at schools", "PY-52 PY-53 TZ-74 TZ-77 SZ-36"),
    "public_security": ("gives the household population", "PY-54"),
    "human_resources": ("gives who draws a pension", "PY-57"),
    "statistics": ("gives the population of the towns", "PY-60"),
    "township_clerk": (
        "registers and changes at the counter, maintains late payers, collects, asks and records reasons",
        "WF-36 PY-44 PY-45 PY-49 PY-65 PY-70 PY-71 TZ-36 TZ-55 TZ-56 TZ-57 TZ-60 SH-13 SH-44",
    ),
    "village_cadre": ("registers the village together, asks house by house", "WF-38 PY-72 TZ-36 TZ-60 TZ-61 SH-33"),
    "school": ("hands in its pupils and students by roll", "WF-38 WF-39 PY-52 PY-68 TZ-74 SZ-36 SH-13 SH-30 SH-31"),
    "hospital": ("takes the application for a child born there", "WF-41"),
    "bank": ("accepts payments, by its program and its own counters", "WF-51 PY-43 PY-63 TZ-44 TZ-80 TZ-81 SH-45"),
    "supervision_office": ("follows the towns and reports", "PY-81 TZ-73 TZ-87 TZ-88"),
    "auditor": ("reads what everybody did", "PY-84 PY-86 TZ-57 TZ-83 TZ-84 SZ-45"),
    "system_administrator": ("keeps logins and nothing else", "PY-86"),
}
"""Role → what the notices ask of it, and the rows that say so (docs/reference/clauses.md)."""
WITHOUT_A_ROLE = {
    "carrier": "sends messages that the bureau writes",
    "city_government": "is reported to",
    "collection_agent": "works as a township clerk or a village cadre",
    "county_government": "is reported to",
    "department": "stands for the departments above",
    "enterprise": "is told of the notice",
    "media": "publishes",
    "resident": "needs no login",
    "rural_revitalisation": "is one office with agriculture",
}
"""Actors that a notice names and that sign in nowhere, with the reason."""
ACTS_AS = {
    "agriculture_rural": "agriculture", "bank": "bank", "civil_affairs": "civil_affairs",
    "disabled_federation": "disabled_federation", "education": "education", "finance": "finance_officer",
    "health": "health", "hospital": "hospital", "human_resources": "human_resources",
    "medical_insurance": "medical_insurance_clerk", "police": "public_security", "school": "school",
    "statistics": "statistics", "supervision_centre": "supervision_office", "tax": "tax_officer",
    "town": "township_clerk", "veterans": "veterans_affairs", "village": "village_cadre",
}  # fmt: skip
"""Actor of a notice → role."""


def _certifies() -> Iterator[str]:
    from canbao.policy import policies
    from canbao.policy.certifiers import certifiers

    for policy in policies.all():
        own = {category for provider in policy.notice.lists.values() for category in provider.categories}
        found = certifiers(policy)
        for actor in sorted({each for actors in found.values() for each in actors}):
            named = [f"`{category}`" for category in found if actor in found[category] and category in own]
            left = [f"`{category}`" for category in found if actor in found[category] and category not in own]
            yield f"| {policy.id} | {actor} | {', '.join(named) or '—'} | {', '.join(left) or '—'} |"


def roles_page() -> str:
    # Roles are named by models, which can be imported only once Django is set up.
    from django.utils.translation import override

    from canbao.staff.capabilities import CAPABILITIES, Capability
    from canbao.staff.models import Role

    held = {capability for capabilities in CAPABILITIES.values() for capability in capabilities}
    lines = [
        "# Roles and capabilities",
        "",
        "A login holds roles, each granted for an area and for days. A role is what its capabilities allow, in that",
        "area and nowhere else. Made by `make docs` from `src/canbao/staff/capabilities.py`; `tests/matrix` holds",
        "every address against it.",
        "",
        "| role | in Chinese | may |",
        "|---|---|---|",
    ]
    with override("zh-hans"):
        for role in Role:
            may = ", ".join(f"`{c.value}`" for c in Capability if c in CAPABILITIES[role])
            lines.append(f"| `{role.value}` | {role.label} | {may} |")
    lines += [
        "",
        "## What the notices ask of a role",
        "",
        "The rows are those of [the clauses](clauses.md). A login does nothing that none of them asks for.",
        "",
        "| role | duty | rows |",
        "|---|---|---|",
    ]
    lines += [f"| `{role.value}` | {DUTIES[role][0]} | {DUTIES[role][1].replace(' ', ', ')} |" for role in Role]
    lines += ["", "These sign in nowhere: " + "; ".join(f"{who} {why}" for who, why in WITHOUT_A_ROLE.items()) + "."]
    lines += [
        "",
        "## Who certifies what",
        "",
        "A department certifies by a list, and only what the notice of the person's place gives it; what a notice",
        "leaves open follows the national layer (`policies/national.notice.yaml`).",
        "",
        "| policy | department | by the notice | by the national layer |",
        "|---|---|---|---|",
    ]
    lines += _certifies()
    lines += ["", "## Who holds a capability", "", "| capability | roles |", "|---|---|"]
    for capability in Capability:
        if capability in held:
            roles = ", ".join(f"`{role.value}`" for role in Role if capability in CAPABILITIES[role])
            lines.append(f"| `{capability.value}` | {roles} |")
    own = ", ".join(f"`{c.value}`" for c in Capability if c not in held)
    lines += ["", f"No role holds {own}: they follow from other work, or are the program's own.", ""]
    return "\n".join(lines)
