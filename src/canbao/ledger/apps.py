from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "canbao.ledger"
    default_auto_field = "django.db.models.BigAutoField"
    append_only = ("Entry", "Transfer", "ChainLink", "DaySeal", "AccountClose")
