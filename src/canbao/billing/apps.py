from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "canbao.billing"
    default_auto_field = "django.db.models.BigAutoField"
    guarded = {model: "pooling_area" for model in ("Bill", "BillLine", "BillRefusal", "BillRun")}
    append_only = ("BillLine",)

    def ready(self) -> None:
        from canbao.billing import decided

        decided.attach()
