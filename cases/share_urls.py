from django.urls import path

from cases.views import shared

app_name = "shared"

# All below s/<token>/. Without a language: the link is for somebody whose language nobody knows.
urlpatterns = [
    path("", shared.ask, name="ask"),
    path("case/", shared.case, name="case"),
    path("dossier.zip", shared.package, name="dossier"),
    path("dossier.pdf", shared.paper, name="dossier-paper"),
    path("files/<uuid:pk>/", shared.file, name="file"),
]
