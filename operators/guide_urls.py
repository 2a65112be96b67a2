from django.urls import path

from operators import views

app_name = "guide"

urlpatterns = [
    path("", views.guide_index, name="index"),
    path("<slug:page>/", views.guide_page, name="page"),
]
