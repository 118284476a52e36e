from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "canbao.registry"
    default_auto_field = "django.db.models.BigAutoField"
    keeps_history = ("Household", "Resident", "ResidentCategory", "ResidentFact", "FormerDocument", "Merge")
    # Written by triggers alone: the app reads them.
    only_read = ("FormerMember",)
    guarded = {
        "Household": "village_code",
        "Resident": "village_code",
        "ResidentCategory": "pooling_area",
        "ResidentFact": "pooling_area",
        "FormerDocument": "pooling_area",
        "FormerMember": "pooling_area",
        "Merge": "pooling_area",
        "NotSame": "pooling_area",
        "CategoryTakenBack": "pooling_area",
    }
    append_only = ("CategoryTakenBack",)

    sealed = {
        "Resident": ("number_sealed", "phone_sealed", "bank_card_sealed"),
        "FormerDocument": ("number_sealed",),
    }

    def ready(self) -> None:
        from canbao.registry import decided

        decided.attach()
