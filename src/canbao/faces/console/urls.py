from django.urls import path, register_converter

from canbao.faces.console import (
    account,
    applications,
    approvals,
    batches,
    bills,
    certificates,
    due,
    entering,
    entrance,
    exports,
    extensions,
    holidays,
    household,
    imports,
    lists,
    pairs,
    people,
    policy,
    progress,
    readings,
    reasons,
    record,
    style,
    together,
)


class Id:
    """A key of the database: nothing that no bigint holds."""

    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


class Year(Id):
    """A year that a date can name, and that is no slip of the pen."""

    regex = "(?:19|2[0-9])[0-9]{2}"


register_converter(Id, "id")
register_converter(Year, "year")

app_name = "console"
YEAR = "people/<id:resident_id>/<year:benefit_year>"
urlpatterns = [
    path("", entrance.home, name="home"),
    path("waiting", entrance.waiting, name="waiting"),
    path("sign-in", entrance.sign_in, name="sign-in"),
    path("sign-in/code", entering.code, name="sign-in-code"),
    path("sign-in/password", entering.password, name="sign-in-password"),
    path("sign-in/phone", entering.phone, name="sign-in-phone"),
    path("sign-out", entrance.sign_out, name="sign-out"),
    path("sitting", account.sitting, name="sitting"),
    path("account", account.account, name="account"),
    path("account/password", account.change_password, name="change-password"),
    path("account/phone", account.bind_phone, name="bind-phone"),
    path("account/codes", account.new_codes, name="new-codes"),
    path("account/end-others", account.end_others, name="end-others"),
    path("people", people.people, name="people"),
    path("people/how-many", people.how_many, name="how-many"),
    path("people/<id:resident_id>", people.person, name="person"),
    path("people/new", record.new_person, name="new-person"),
    path("pairs", pairs.pairs, name="pairs"),
    path("pairs/decide", pairs.decide, name="decide-pair"),
    path("people/<id:resident_id>/record", record.record, name="record"),
    path("people/<id:resident_id>/record/fact", record.begin_fact, name="begin-fact"),
    path("people/<id:resident_id>/record/end", record.end_fact, name="end-fact"),
    path("people/<id:resident_id>/record/contact", record.contact, name="contact"),
    path("people/<id:resident_id>/record/document", record.document, name="document"),
    path("people/<id:resident_id>/record/certify", record.certify, name="certify"),
    path("people/<id:resident_id>/record/end-category", record.end_category, name="end-category"),
    path("people/<id:resident_id>/record/part", record.part, name="part"),
    path("people/<id:resident_id>/record/death", record.death, name="death"),
    path("people/<id:resident_id>/record/settle", household.settle, name="settle"),
    path("households/<id:household_id>", household.household, name="household"),
    path("households/<id:household_id>/head", household.head, name="household-head"),
    path("households/<id:household_id>/kinship", household.kinship, name="household-kinship"),
    path("households/<id:household_id>/in", household.move_in, name="household-in"),
    path("households/<id:household_id>/out", household.move_out, name="household-out"),
    path("households/<id:household_id>/move", household.move, name="household-move"),
    path("households/<id:household_id>/address", household.address, name="household-address"),
    path("people/<id:resident_id>/reveal", record.reveal, name="reveal"),
    path(YEAR, people.person, name="person-year"),
    path(f"{YEAR}/enrol", people.enrol, name="enrol"),
    path(f"{YEAR}/tier", people.choose_tier, name="choose-tier"),
    path(f"{YEAR}/issue", people.issue, name="issue-bill"),
    path(f"{YEAR}/take-payment", people.take_payment, name="take-payment"),
    path(f"{YEAR}/pay", people.pay, name="pay"),
    path(f"{YEAR}/void", people.void, name="void-bill"),
    path("receipts/<str:receipt_no>", people.receipt, name="receipt"),
    path("receipts/<str:receipt_no>/certificate", certificates.certificate, name="certificate"),
    path("certificates", certificates.certificates, name="certificates"),
    path(f"{YEAR}/stop", people.stop, name="stop-enrolment"),
    path(f"{YEAR}/restart", people.restart, name="restart-enrolment"),
    path("batches", batches.batches, name="batches"),
    path("batches/preview", batches.preview, name="batch-preview"),
    path("batches/enrol", batches.enrol, name="batch-enrol"),
    path("batches/<id:list_id>", batches.batch, name="batch"),
    path("batches/<id:list_id>/undo", batches.undo, name="batch-undo"),
    path("bills", bills.bills, name="bills"),
    path("bills/preview", bills.preview, name="bills-preview"),
    path("bills/issue", bills.issue, name="bills-issue"),
    path("bills/runs/<id:run_id>", bills.run, name="bill-run"),
    path("bills/without", bills.without, name="bills-without"),
    path("bills/unpaid", lists.unpaid, name="unpaid"),
    path("bills/unpaid/export", exports.unpaid, name="unpaid-export"),
    path("bills/outdated", due.outdated, name="outdated"),
    path("permits-ending", due.permits, name="permits-ending"),
    path("reasons-ending", due.reasons, name="reasons-ending"),
    path("people/<id:resident_id>/call", lists.call, name="call"),
    path("unenrolled", lists.unenrolled, name="unenrolled"),
    path("unenrolled/export", exports.unenrolled, name="unenrolled-export"),
    path("exports", exports.log, name="exports"),
    path("unenrolled/together", together.preview, name="together"),
    path("unenrolled/together/enrol", together.enrol, name="together-enrol"),
    path("unenrolled/together/record", together.record, name="together-record"),
    path("unenrolled/visit", reasons.visit, name="visit"),
    path("unenrolled/record", reasons.record, name="record-reason"),
    path("unenrolled/enrol", reasons.enrol, name="visit-enrol"),
    path("tally", reasons.tally, name="tally"),
    path("imports", imports.imports, name="imports"),
    path("imports/new", imports.new, name="import-new"),
    path("imports/hand-in", imports.hand_in, name="import-hand-in"),
    path("imports/templates/<str:source_code>.xlsx", imports.template, name="import-template"),
    path("imports/<id:batch_id>", imports.batch, name="import"),
    path("imports/<id:batch_id>/columns", imports.columns, name="import-columns"),
    path("imports/<id:batch_id>/step", imports.step, name="import-step"),
    path("imports/<id:batch_id>/decide", imports.decide, name="import-decide"),
    path("imports/<id:batch_id>/errors.xlsx", imports.errors, name="import-errors"),
    path("progress", progress.progress, name="progress"),
    path("progress.csv", progress.download, name="progress-csv"),
    path("policies", policy.policies_page, name="policies"),
    path("policies/<str:policy_id>", policy.leaflet, name="leaflet"),
    path("policies/<str:policy_id>/readings", readings.readings, name="readings"),
    path("applications", applications.applications, name="applications"),
    path("applications/<id:application_id>", applications.application, name="application"),
    path("applications/<id:application_id>/decide", applications.decide, name="decide-application"),
    path("evidence/<id:evidence_id>", applications.evidence, name="evidence"),
    path("extensions", extensions.extensions, name="extensions"),
    path("extensions/ask", extensions.ask, name="ask-extension"),
    path("holidays", holidays.holidays, name="holidays"),
    path("holidays/load", holidays.load, name="load-holidays"),
    path("approvals", approvals.approvals, name="approvals"),
    path("approvals/<id:approval_id>", approvals.approval, name="approval"),
    path("approvals/<id:approval_id>/approve", approvals.approve, name="approve"),
    path("approvals/<id:approval_id>/refuse", approvals.refuse, name="refuse"),
    path("approvals/<id:approval_id>/withdraw", approvals.withdraw, name="withdraw-approval"),
    path("style", style.style, name="style"),
]
