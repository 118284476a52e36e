from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "canbao.ledger"
    default_auto_field = "django.db.models.BigAutoField"
    guarded = {model: "pooling_area" for model in ("Entry", "Transfer", "ChainLink", "DaySeal", "AccountClose")}
    append_only = ("Entry", "Transfer", "ChainLink", "DaySeal", "AccountClose")
