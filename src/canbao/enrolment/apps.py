from django.apps import AppConfig


class EnrolmentConfig(AppConfig):
    name = "canbao.enrolment"
    default_auto_field = "django.db.models.BigAutoField"
    append_only = ("EnrolmentChange",)
