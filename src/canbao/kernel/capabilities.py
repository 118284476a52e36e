"""What can be done in the product. Which role may do what, `canbao.staff.capabilities` says."""

from __future__ import annotations

from enum import StrEnum


class Capability(StrEnum):
    """Those that a role can hold are also the purposes a scope can be asked for."""

    FIND_PEOPLE = "find_people"
    SEE_PERSON = "see_person"
    KEEP_REGISTER = "keep_register"
    CERTIFY_CATEGORY = "certify_category"
    ENROL = "enrol"
    ISSUE_BILLS = "issue_bills"
    TAKE_PAYMENT = "take_payment"
    SEE_LEDGER = "see_ledger"
    SEE_PROGRESS = "see_progress"
    SEE_POLICIES = "see_policies"
    SEE_STAFF = "see_staff"
    MANAGE_STAFF = "manage_staff"
    # What follows from something else or is the program's own work: no role holds these.
    SETTLE_BILLS = "settle_bills"
    DERIVE_COVER = "derive_cover"
    KEEP_LEDGER = "keep_ledger"
    LOAD_AREAS = "load_areas"
