from django.urls import path

from canbao.faces.console import bills, entrance, people, policy, progress, style

app_name = "console"
YEAR = "people/<int:resident_id>/<int:benefit_year>"
urlpatterns = [
    path("", entrance.home, name="home"),
    path("sign-in", entrance.sign_in, name="sign-in"),
    path("sign-out", entrance.sign_out, name="sign-out"),
    path("people", people.people, name="people"),
    path("people/<int:resident_id>", people.person, name="person"),
    path(YEAR, people.person, name="person-year"),
    path(f"{YEAR}/enrol", people.enrol, name="enrol"),
    path(f"{YEAR}/tier", people.choose_tier, name="choose-tier"),
    path(f"{YEAR}/issue", people.issue, name="issue-bill"),
    path(f"{YEAR}/pay", people.pay, name="pay"),
    path("receipts/<str:receipt_no>", people.receipt, name="receipt"),
    path("bills", bills.bills, name="bills"),
    path("bills/preview", bills.preview, name="bills-preview"),
    path("bills/issue", bills.issue, name="bills-issue"),
    path("bills/runs/<int:run_id>", bills.run, name="bill-run"),
    path("bills/without", bills.without, name="bills-without"),
    path("bills/unpaid", bills.unpaid, name="unpaid"),
    path("progress", progress.progress, name="progress"),
    path("progress.csv", progress.download, name="progress-csv"),
    path("policies", policy.policies_page, name="policies"),
    path("policies/<str:policy_id>", policy.leaflet, name="leaflet"),
    path("style", style.style, name="style"),
]
