from django.urls import path

from canbao.faces.console import entrance, style

app_name = "console"
urlpatterns = [
    path("", entrance.home, name="home"),
    path("sign-in", entrance.sign_in, name="sign-in"),
    path("sign-out", entrance.sign_out, name="sign-out"),
    path("style", style.style, name="style"),
]
