from django.urls import path

from canbao.faces import numbers as numbers
from canbao.faces.portal import aiding, applying, paying, returning, verifying, views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("pay-what", views.pay_what, name="pay-what"),
    path("compare", views.compare, name="compare"),
    path("apply", applying.places, name="apply"),
    path("apply/<str:policy_id>", applying.place, name="apply-place"),
    path("apply/<str:policy_id>/<str:village_code>", applying.form, name="apply-form"),
    path("applications", applying.look, name="applications"),
    path("applications/<str:number>", applying.application, name="application"),
    path("applications/<str:number>/files", applying.add_file, name="application-file"),
    path("applications/<str:number>/submit", applying.submit, name="application-submit"),
    path("applications/<str:number>/withdraw", applying.withdraw, name="application-withdraw"),
    path("verify", verifying.verify, name="verify"),
    path("verify/<str:code>", verifying.verified, name="verified"),
    path("codes", verifying.codes, name="codes"),
    path("pay", paying.find, name="pay"),
    path("pay/bills/<id:bill_id>", paying.bill, name="pay-bill"),
    path("pay/bills/<id:bill_id>/begin", paying.begin, name="pay-begin"),
    path("pay/bills/<id:bill_id>/refund", returning.refund, name="refund"),
    path("pay/bills/<id:bill_id>/refund/withdraw", returning.withdraw, name="withdraw-refund"),
    path("pay/attempts/<str:trade_no>", paying.attempt, name="pay-attempt"),
    path("aid", aiding.find, name="aid"),
    path("aid/<id:resident_id>", aiding.person, name="aid-person"),
    path("aid/<id:resident_id>/act", aiding.act, name="aid-act"),
    path("policies", views.policies_page, name="policies"),
    path("policies/<str:policy_id>", views.leaflet, name="leaflet"),
    path("display", views.display, name="display"),
]
