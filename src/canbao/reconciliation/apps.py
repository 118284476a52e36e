from django.apps import AppConfig


class ReconciliationConfig(AppConfig):
    name = "canbao.reconciliation"
    default_auto_field = "django.db.models.BigAutoField"
    guarded = {
        model: "pooling_area"
        for model in ("Statement", "StatementLine", "Difference", "Remittance", "RemittanceArrival")
    }
    append_only = ("Statement", "RemittanceArrival")
