from django.apps import AppConfig


class StaffConfig(AppConfig):
    name = "canbao.staff"
    default_auto_field = "django.db.models.BigAutoField"
    guarded = {"Approval": "area_code", "Change": "pooling_area", "Access": "pooling_area"}
    guarded |= {"Addition": "pooling_area"}
    append_only = ("Access", "LoginEvent")
    # Written by triggers alone: the app reads them.
    only_read = ("Change", "Addition")
    keeps_history = ("Grant",)
    sealed = {"SecondFactor": ("secret_sealed",)}

    def ready(self) -> None:
        from canbao.staff.actions import keeping
        from canbao.staff.approvals import attach
        from canbao.staff.demands import refuse_unknown_words

        refuse_unknown_words()
        for kind in (keeping.GRANT, keeping.FACTOR_RESET):
            attach(kind)
