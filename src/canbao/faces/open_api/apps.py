from django.apps import AppConfig


class OpenApiConfig(AppConfig):
    name = "canbao.faces.open_api"
    label = "open_api"
