from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "canbao.billing"
    default_auto_field = "django.db.models.BigAutoField"
    append_only = ("BillLine",)
