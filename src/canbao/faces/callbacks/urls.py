from django.urls import path

from canbao.faces import numbers as numbers
from canbao.faces.callbacks import views

app_name = "callbacks"
urlpatterns = [
    path("<id:channel_id>", views.hear, name="hear"),
    path("<id:channel_id>/bills", views.pull, name="pull"),
]
