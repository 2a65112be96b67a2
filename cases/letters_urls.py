from django.urls import path

from cases.views import letters

app_name = "letters"

urlpatterns = [
    path("", letters.index, name="index"),
    path("<slug:kind>/", letters.write, name="write"),
]
