from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    name = "canbao.supervision"
    default_auto_field = "django.db.models.BigAutoField"
    guarded = {"VillageCount": "village_code", "TouchedVillage": "village_code"}
