from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "canbao.intake"
    default_auto_field = "django.db.models.BigAutoField"
