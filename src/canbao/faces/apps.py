from django.apps import AppConfig


class FacesConfig(AppConfig):
    name = "canbao.faces"
    verbose_name = "界面"
