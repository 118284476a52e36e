from django.apps import AppConfig


class EntitlementConfig(AppConfig):
    name = "canbao.entitlement"
    default_auto_field = "django.db.models.BigAutoField"
    guarded = {"Cover": "pooling_area"}
    never_updated = ("Cover",)

    def ready(self) -> None:
        from canbao.billing.settlement import let_cover_follow
        from canbao.entitlement.actions import derive

        let_cover_follow(derive)
