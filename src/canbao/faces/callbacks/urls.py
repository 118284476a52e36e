from django.urls import path

from canbao.faces.callbacks import views

app_name = "callbacks"
urlpatterns = [
    path("<int:channel_id>", views.hear, name="hear"),
    path("<int:channel_id>/bills", views.pull, name="pull"),
]
