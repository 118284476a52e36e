from django.apps import AppConfig


class AreasConfig(AppConfig):
    name = "canbao.areas"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from canbao.areas import lookups

        lookups.register()
