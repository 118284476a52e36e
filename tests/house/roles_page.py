"""The reference of roles: what each may do, made from canbao.staff.capabilities."""

from __future__ import annotations

from tests.house.sources import ROOT

PAGE = ROOT / "docs" / "reference" / "roles.md"


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
    lines += ["", "## Who holds a capability", "", "| capability | roles |", "|---|---|"]
    for capability in Capability:
        if capability in held:
            roles = ", ".join(f"`{role.value}`" for role in Role if capability in CAPABILITIES[role])
            lines.append(f"| `{capability.value}` | {roles} |")
    own = ", ".join(f"`{c.value}`" for c in Capability if c not in held)
    lines += ["", f"No role holds {own}: they follow from other work, or are the program's own.", ""]
    return "\n".join(lines)
