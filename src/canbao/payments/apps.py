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
            "Mandate",
            "ListedCode",
            "Deposit",
            "DepositReceipt",
            "DepositDifference",
            "ReceiptMessage",
            "DebitMandate",
            "DebitRun",
            "DebitLine",
            "CollectiveList",
            "CollectiveLine",
        )
    }
    append_only = ("Payment", "Capture", "HeldDecision", "Deposit", "DepositReceipt")
    keeps_history = ("Channel", "Mandate", "ListedCode", "DebitMandate")
    sealed = {"Channel": ("own_keys_sealed",), "Delivery": ("raw_sealed",)}

    def ready(self) -> None:
        from canbao.payments.actions import codes, deposits, held, mandates, refunding
        from canbao.staff.approvals import attach

        for room in (held, refunding, mandates, codes, deposits):
            attach(room.KIND)
