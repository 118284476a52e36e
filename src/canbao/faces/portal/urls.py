from django.urls import path

from canbao.faces.portal import views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("pay-what", views.pay_what, name="pay-what"),
    path("compare", views.compare, name="compare"),
    path("policies", views.policies_page, name="policies"),
    path("policies/<str:policy_id>", views.leaflet, name="leaflet"),
    path("display", views.display, name="display"),
]
