from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "canbao.payments"
    default_auto_field = "django.db.models.BigAutoField"
    guarded = {
        model: "pooling_area"
        for model in (
            "Payment",
            "ReceiptBook",
            "Channel",
            "Alarm",
            "Attempt",
            "Capture",
            "Delivery",
            "HeldDecision",
            "Refund",
            "RefundApplication",
        )
    }
    append_only = ("Payment", "Capture", "HeldDecision")
    keeps_history = ("Channel",)
    sealed = {"Channel": ("own_keys_sealed",), "Delivery": ("raw_sealed",)}

    def ready(self) -> None:
        from canbao.payments.actions import held, refunding
        from canbao.staff.approvals import attach

        attach(held.KIND)
        attach(refunding.KIND)
