"""Who may do what at every address. A new address fails the build until it has a row; what no row allows is refused."""

from __future__ import annotations

from dataclasses import dataclass

from canbao.kernel.capabilities import Capability as C

EVERYBODY = "everybody"
SIGNED_IN = "signed in"
PROGRAM = "a program with a token"


@dataclass(frozen=True)
class Row:
    """`who` is a capability, several of which one is enough, or one of the words above; `methods` those it takes.

    `query` marks the lists that are chosen by
    policy and area in the address, `absent` what not every role finds in its own area: a list is
    its department's own, and a file does not stand behind the row of the test.
    """

    who: str | tuple[C, ...]
    methods: str = "GET"
    query: bool = False
    absent: bool = False


ROWS: dict[str, Row] = {
    "None": Row(EVERYBODY, "GET POST"),  # healthz
    "set_language": Row(EVERYBODY, "POST"),
    "portal:home": Row(EVERYBODY),
    "portal:pay-what": Row(EVERYBODY, "GET POST"),
    "portal:compare": Row(EVERYBODY, "GET POST"),
    "portal:policies": Row(EVERYBODY),
    "portal:verify": Row(EVERYBODY, "GET POST"),
    "portal:verified": Row(EVERYBODY),
    "portal:leaflet": Row(EVERYBODY),
    "portal:display": Row(EVERYBODY, "POST"),
    "console:sign-in": Row(EVERYBODY, "GET POST"),
    "console:sign-out": Row(EVERYBODY, "POST"),
    "console:home": Row(SIGNED_IN),
    "console:style": Row(SIGNED_IN),
    "console:waiting": Row(C.SEE_PROGRESS),
    "console:people": Row(C.FIND_PEOPLE, "GET POST"),
    "console:person": Row(C.SEE_PERSON),
    "console:person-year": Row(C.SEE_PERSON),
    "console:reveal": Row(C.REVEAL_NUMBERS, "POST"),
    "console:receipt": Row(C.SEE_PERSON),
    "console:certificate": Row(C.ISSUE_CERTIFICATES, "POST"),
    "console:certificates": Row(C.ISSUE_CERTIFICATES, "GET POST", query=True),
    "console:record": Row(C.SEE_PERSON),
    "console:begin-fact": Row(C.KEEP_REGISTER, "POST"),
    "console:end-fact": Row(C.KEEP_REGISTER, "POST"),
    "console:contact": Row(C.KEEP_REGISTER, "POST"),
    "console:document": Row(C.KEEP_REGISTER, "POST"),
    "console:certify": Row(C.CERTIFY_CATEGORY, "POST"),
    "console:end-category": Row(C.CERTIFY_CATEGORY, "POST"),
    "console:part": Row(C.KEEP_REGISTER, "POST"),
    "console:death": Row(C.KEEP_REGISTER, "POST"),
    "console:settle": Row(C.KEEP_REGISTER, "POST"),
    "console:household": Row(C.SEE_PERSON),
    "console:household-head": Row(C.KEEP_REGISTER, "POST"),
    "console:household-kinship": Row(C.KEEP_REGISTER, "POST"),
    "console:household-in": Row(C.KEEP_REGISTER, "POST"),
    "console:household-out": Row(C.KEEP_REGISTER, "POST"),
    "console:household-move": Row(C.KEEP_REGISTER, "POST"),
    "console:household-address": Row(C.KEEP_REGISTER, "POST"),
    "console:new-person": Row(C.KEEP_REGISTER, "GET POST"),
    "console:pairs": Row(C.KEEP_REGISTER),
    "console:decide-pair": Row(C.KEEP_REGISTER, "POST"),
    "console:enrol": Row(C.ENROL, "POST"),
    "console:choose-tier": Row(C.ENROL, "POST"),
    "console:issue-bill": Row(C.ISSUE_BILLS, "POST"),
    "console:void-bill": Row(C.ISSUE_BILLS, "POST"),
    "console:take-payment": Row(C.TAKE_PAYMENT),
    "console:pay": Row(C.TAKE_PAYMENT, "POST"),
    "console:stop-enrolment": Row(C.ENROL, "POST"),
    "console:restart-enrolment": Row(C.ENROL, "POST"),
    "console:batches": Row(C.ENROL, query=True),
    "console:batch-preview": Row(C.ENROL, query=True),
    "console:batch-enrol": Row(C.ENROL, "POST"),
    "console:batch": Row(C.ENROL),
    "console:batch-undo": Row(C.ENROL, "POST"),
    "console:bills": Row(C.ISSUE_BILLS, query=True),
    "console:bills-preview": Row(C.ISSUE_BILLS, query=True),
    "console:bills-issue": Row(C.ISSUE_BILLS, "POST"),
    "console:bill-run": Row(C.ISSUE_BILLS),
    "console:bills-without": Row(C.ISSUE_BILLS, query=True),
    "console:unpaid": Row(C.FIND_PEOPLE, query=True),
    "console:unpaid-export": Row(C.EXPORT_PEOPLE, "GET POST", query=True),
    "console:unenrolled": Row(C.FIND_PEOPLE, query=True),
    "console:unenrolled-export": Row(C.EXPORT_PEOPLE, "GET POST", query=True),
    "console:exports": Row(C.SEE_AUDIT),
    "console:together": Row(C.ENROL, "POST"),
    "console:together-enrol": Row(C.ENROL, "POST"),
    "console:together-record": Row(C.KEEP_REASONS, "POST"),
    "console:visit": Row(C.KEEP_REASONS, query=True),
    "console:record-reason": Row(C.KEEP_REASONS, "POST"),
    "console:visit-enrol": Row(C.ENROL, "POST"),
    "console:tally": Row(C.SEE_PROGRESS, query=True),
    "console:progress": Row(C.SEE_PROGRESS, query=True),
    "console:progress-csv": Row(C.SEE_PROGRESS, query=True),
    "console:policies": Row(C.SEE_POLICIES),
    "console:leaflet": Row(C.SEE_POLICIES),
    "console:readings": Row(C.SEE_POLICIES),
    "console:extensions": Row(C.EXTEND_WINDOW, query=True),
    "console:ask-extension": Row(C.EXTEND_WINDOW, "POST"),
    "console:holidays": Row(C.LOAD_CALENDAR),
    "console:load-holidays": Row(C.LOAD_CALENDAR, "POST"),
    "console:approvals": Row(SIGNED_IN),
    "console:approval": Row(SIGNED_IN),
    "console:withdraw-approval": Row(SIGNED_IN, "POST"),
    "console:approve": Row(C.APPROVE, "POST"),
    "console:refuse": Row(C.APPROVE, "POST"),
    "console:imports": Row((C.IMPORT_LISTS, C.APPROVE)),
    "console:import": Row((C.IMPORT_LISTS, C.APPROVE), absent=True),
    "console:import-errors": Row((C.IMPORT_LISTS, C.APPROVE), absent=True),
    "console:import-new": Row(C.IMPORT_LISTS),
    "console:import-hand-in": Row(C.IMPORT_LISTS, "POST"),
    "console:import-template": Row(C.IMPORT_LISTS, absent=True),
    "console:import-columns": Row(C.IMPORT_LISTS, "POST"),
    "console:import-step": Row(C.IMPORT_LISTS, "POST"),
    "console:import-decide": Row(C.APPROVE, "POST"),
    "console:applications": Row(C.REVIEW_APPLICATIONS),
    "console:application": Row(C.REVIEW_APPLICATIONS),
    "console:decide-application": Row(C.REVIEW_APPLICATIONS, "POST"),
    "console:evidence": Row(C.REVIEW_APPLICATIONS, absent=True),
    "portal:apply": Row(EVERYBODY),
    "portal:apply-place": Row(EVERYBODY),
    "portal:apply-form": Row(EVERYBODY, "GET POST"),
    "portal:applications": Row(EVERYBODY, "GET POST"),
    "portal:application": Row(EVERYBODY),
    "portal:application-file": Row(EVERYBODY, "POST"),
    "portal:application-submit": Row(EVERYBODY, "POST"),
    "portal:application-withdraw": Row(EVERYBODY, "POST"),
    "open-api:openapi-json": Row(EVERYBODY, "GET POST"),
    "open-api:openapi-view": Row(EVERYBODY, "GET POST"),
    "open-api:api-root": Row(PROGRAM),
    "open-api:token": Row(PROGRAM, "POST"),
    "open-api:list_policies": Row(PROGRAM),
    "open-api:get_policy": Row(PROGRAM),
    "open-api:make_quote": Row(PROGRAM, "POST"),
    "open-api:get_progress": Row(PROGRAM),
    "open-api:find_residents": Row(PROGRAM),
    "open-api:get_person_year": Row(PROGRAM),
    "open-api:list_bills": Row(PROGRAM),
    "open-api:ask_cover": Row(PROGRAM, "POST"),
    "open-api:list_enrolments": Row(PROGRAM, "GET POST"),
    "open-api:enrol": Row(PROGRAM, "GET POST"),
}
