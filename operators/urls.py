from django.urls import path

from operators import views

app_name = "operators"

urlpatterns = [
    path("", views.operator_list, name="list"),
    path("<slug:slug>/", views.detail, name="detail"),
    path("<slug:slug>/<slug:plan>/", views.procedure, name="procedure"),
    path("<slug:slug>/<slug:plan>/wrong/", views.wrong, name="wrong"),
    path("<slug:slug>/<slug:plan>/wrong/thanks/", views.thanks, name="thanks"),
]
