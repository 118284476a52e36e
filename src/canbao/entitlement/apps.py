from django.apps import AppConfig


class EntitlementConfig(AppConfig):
    name = "canbao.entitlement"
    default_auto_field = "django.db.models.BigAutoField"
