from django.apps import AppConfig


class MutualAidConfig(AppConfig):
    name = "canbao.mutual_aid"
    default_auto_field = "django.db.models.BigAutoField"
    guarded = {
        model: "pooling_area"
        for model in ("PersonalAccount", "BalanceList", "Balance", "Relative", "AidRun", "Hold", "AidMessage")
    }
    append_only = ("Balance",)
    keeps_history = ("Relative",)

    def ready(self) -> None:
        from canbao.mutual_aid.actions import returning, runs
        from canbao.payments import ways_back
        from canbao.staff.approvals import attach

        ways_back.attach(ways_back.PERSONAL_ACCOUNT, returning.give_back)
        attach(runs.KIND)
