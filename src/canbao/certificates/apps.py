from django.apps import AppConfig


class CertificatesConfig(AppConfig):
    name = "canbao.certificates"
    default_auto_field = "django.db.models.BigAutoField"
    guarded = {"Certificate": "pooling_area"}
    append_only = ("Certificate",)
