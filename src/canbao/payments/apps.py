from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "canbao.payments"
    default_auto_field = "django.db.models.BigAutoField"
    guarded = {"Payment": "pooling_area", "ReceiptBook": "pooling_area"}
    append_only = ("Payment",)
