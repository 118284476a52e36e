"""What each role may do. A capability that no role holds cannot be used; a role without any sees no page."""

from __future__ import annotations

from canbao.kernel.capabilities import Capability
from canbao.staff.models import Role

_C = Capability
_PEOPLE = frozenset({_C.FIND_PEOPLE, _C.SEE_PERSON, _C.SEE_PROGRESS, _C.SEE_POLICIES})
_FIGURES = frozenset({_C.SEE_PROGRESS, _C.SEE_POLICIES})
# Who hands in lists sees no person but those of his own list: to certify is to say so in a list, one person at a time
# if need be. Figures are for those whose people must all be covered; others only give what they keep.
_LISTS = _FIGURES | {_C.IMPORT_LISTS}
_GIVES = frozenset({_C.SEE_POLICIES, _C.IMPORT_LISTS})

__all__ = ["AGENTS", "CAPABILITIES", "Capability"]

AGENTS = frozenset({Role.TOWNSHIP_CLERK.value, Role.VILLAGE_CADRE.value})
"""Roles that take money only with a mandate, which two people of the tax office give and which has its limits."""

CAPABILITIES: dict[Role, frozenset[Capability]] = {
    Role.MEDICAL_INSURANCE_CLERK: _PEOPLE
    | {_C.REVEAL_NUMBERS, _C.EXPORT_PEOPLE, _C.KEEP_REGISTER, _C.CERTIFY_CATEGORY, _C.IMPORT_LISTS}
    | {_C.ENROL, _C.TAKE_APPLICATIONS, _C.REVIEW_APPLICATIONS, _C.KEEP_REASONS, _C.ISSUE_BILLS, _C.TAKE_PAYMENT}
    | {_C.SEE_LEDGER, _C.ISSUE_CERTIFICATES, _C.SEE_CHANNELS, _C.RESOLVE_MONEY, _C.KEEP_MUTUAL_AID},
    Role.MEDICAL_INSURANCE_REVIEWER: _PEOPLE
    | {_C.REVEAL_NUMBERS, _C.REVIEW_APPLICATIONS, _C.APPROVE, _C.SEE_LEDGER, _C.SEE_CHANNELS},
    Role.MEDICAL_INSURANCE_HEAD: _PEOPLE
    | {_C.REVEAL_NUMBERS, _C.EXPORT_PEOPLE, _C.ENROL, _C.REVIEW_APPLICATIONS, _C.KEEP_REASONS, _C.EXTEND_WINDOW}
    | {_C.LOAD_CALENDAR, _C.ISSUE_BILLS, _C.SEE_LEDGER, _C.APPROVE, _C.SEE_STAFF, _C.APPROVE_STAFF}
    | {_C.SEE_CHANNELS},
    Role.TAX_OFFICER: _PEOPLE
    | {_C.TAKE_PAYMENT, _C.ISSUE_CERTIFICATES, _C.SEE_LEDGER, _C.SEE_CHANNELS, _C.RESOLVE_MONEY}
    | {_C.KEEP_COLLECTION},
    Role.FINANCE_OFFICER: _FIGURES | {_C.SEE_LEDGER, _C.SEE_CHANNELS},
    Role.CIVIL_AFFAIRS: _LISTS,
    Role.DISABLED_FEDERATION: _LISTS,
    Role.AGRICULTURE: _LISTS,
    Role.VETERANS_AFFAIRS: _LISTS,
    Role.HEALTH: _LISTS,
    Role.EDUCATION: _LISTS,
    Role.PUBLIC_SECURITY: _GIVES,
    Role.HUMAN_RESOURCES: _GIVES,
    Role.STATISTICS: _GIVES,
    Role.TOWNSHIP_CLERK: _PEOPLE
    | {_C.REVEAL_NUMBERS, _C.KEEP_REGISTER, _C.IMPORT_LISTS, _C.ENROL, _C.REVIEW_APPLICATIONS, _C.KEEP_REASONS}
    | {_C.TAKE_APPLICATIONS, _C.TAKE_PAYMENT, _C.ISSUE_CERTIFICATES},
    Role.VILLAGE_CADRE: _PEOPLE | {_C.ENROL, _C.TAKE_APPLICATIONS, _C.KEEP_REASONS, _C.TAKE_PAYMENT},
    Role.SCHOOL: _GIVES,
    Role.HOSPITAL: _GIVES | {_C.TAKE_APPLICATIONS},
    Role.BANK: frozenset({_C.SEE_POLICIES}),
    Role.SUPERVISION_OFFICE: _FIGURES,
    Role.AUDITOR: _PEOPLE | {_C.SEE_LEDGER, _C.SEE_AUDIT, _C.SEE_STAFF, _C.SEE_CHANNELS},
    Role.SYSTEM_ADMINISTRATOR: frozenset(
        {_C.SEE_STAFF, _C.MANAGE_STAFF, _C.APPROVE_STAFF, _C.LOAD_CALENDAR, _C.SEE_POLICIES}
    ),
}
