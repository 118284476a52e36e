"""What can be done in the product. Which role may do what, `canbao.staff.capabilities` says."""

from __future__ import annotations

from enum import StrEnum


class Capability(StrEnum):
    """Those that a role can hold are also the purposes a scope can be asked for."""

    FIND_PEOPLE = "find_people"
    SEE_PERSON = "see_person"
    REVEAL_NUMBERS = "reveal_numbers"
    EXPORT_PEOPLE = "export_people"
    KEEP_REGISTER = "keep_register"
    CERTIFY_CATEGORY = "certify_category"
    IMPORT_LISTS = "import_lists"
    ENROL = "enrol"
    TAKE_APPLICATIONS = "take_applications"
    REVIEW_APPLICATIONS = "review_applications"
    KEEP_REASONS = "keep_reasons"
    EXTEND_WINDOW = "extend_window"
    LOAD_CALENDAR = "load_calendar"
    ISSUE_BILLS = "issue_bills"
    TAKE_PAYMENT = "take_payment"
    ISSUE_CERTIFICATES = "issue_certificates"
    SEE_CHANNELS = "see_channels"
    RESOLVE_MONEY = "resolve_money"
    KEEP_COLLECTION = "keep_collection"
    KEEP_MUTUAL_AID = "keep_mutual_aid"
    SEE_LEDGER = "see_ledger"
    SEE_PROGRESS = "see_progress"
    SEE_POLICIES = "see_policies"
    APPROVE = "approve"
    SEE_AUDIT = "see_audit"
    SEE_STAFF = "see_staff"
    MANAGE_STAFF = "manage_staff"
    APPROVE_STAFF = "approve_staff"
    # What follows from something else or is the program's own work: no role holds these.
    SETTLE_BILLS = "settle_bills"
    DERIVE_COVER = "derive_cover"
    KEEP_LEDGER = "keep_ledger"
    LOAD_AREAS = "load_areas"
    APPLY = "apply"
    KEEP_KEYS = "keep_keys"
    PAY = "pay"
    HEAR_CHANNELS = "hear_channels"
    KEEP_CHANNELS = "keep_channels"
