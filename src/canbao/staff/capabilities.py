"""What each role may do. A capability that no role holds cannot be used; a role without any sees no page."""

from __future__ import annotations

from canbao.kernel.capabilities import Capability
from canbao.staff.models import Role

_C = Capability
_PEOPLE = frozenset({_C.FIND_PEOPLE, _C.SEE_PERSON, _C.SEE_PROGRESS, _C.SEE_POLICIES})
_FIGURES = frozenset({_C.SEE_PROGRESS, _C.SEE_POLICIES})

__all__ = ["CAPABILITIES", "Capability"]

CAPABILITIES: dict[Role, frozenset[Capability]] = {
    Role.MEDICAL_INSURANCE_CLERK: _PEOPLE
    | {_C.KEEP_REGISTER, _C.CERTIFY_CATEGORY, _C.ENROL, _C.ISSUE_BILLS, _C.TAKE_PAYMENT, _C.SEE_LEDGER},
    Role.MEDICAL_INSURANCE_REVIEWER: _PEOPLE | {_C.SEE_LEDGER},
    Role.MEDICAL_INSURANCE_HEAD: _PEOPLE | {_C.ENROL, _C.ISSUE_BILLS, _C.SEE_LEDGER, _C.SEE_STAFF},
    Role.TAX_OFFICER: _PEOPLE | {_C.TAKE_PAYMENT, _C.SEE_LEDGER},
    Role.FINANCE_OFFICER: _FIGURES | {_C.SEE_LEDGER},
    Role.CIVIL_AFFAIRS: _PEOPLE | {_C.CERTIFY_CATEGORY},
    Role.DISABLED_FEDERATION: _FIGURES,
    Role.AGRICULTURE: _FIGURES,
    Role.VETERANS_AFFAIRS: _FIGURES,
    Role.HEALTH: _FIGURES,
    Role.EDUCATION: _FIGURES,
    Role.PUBLIC_SECURITY: _FIGURES,
    Role.HUMAN_RESOURCES: _FIGURES,
    Role.STATISTICS: _FIGURES,
    Role.TOWNSHIP_CLERK: _PEOPLE | {_C.KEEP_REGISTER, _C.ENROL, _C.TAKE_PAYMENT},
    Role.VILLAGE_CADRE: _PEOPLE | {_C.ENROL},
    Role.SCHOOL: frozenset({_C.SEE_POLICIES}),
    Role.HOSPITAL: frozenset({_C.SEE_POLICIES}),
    Role.BANK: frozenset({_C.SEE_POLICIES}),
    Role.SUPERVISION_OFFICE: _FIGURES,
    Role.AUDITOR: _PEOPLE | {_C.SEE_LEDGER, _C.SEE_STAFF},
    Role.SYSTEM_ADMINISTRATOR: frozenset({_C.SEE_STAFF, _C.MANAGE_STAFF, _C.SEE_POLICIES}),
}
