from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "canbao.payments"
    default_auto_field = "django.db.models.BigAutoField"
    append_only = ("Payment",)
