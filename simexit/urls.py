"""Every address. Pages for people carry the language; links in mails, machines and staff do not."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.contrib.sitemaps.views import sitemap
from django.urls import include, path

from cases.views.answer import answer
from cases.views.calendar import feed
from cases.views.inbound import webhook
from operators.admin.worklist import worklist_view
from operators.api.addresses import api
from operators.views import home
from simexit import public

urlpatterns = [
    path("r/<str:token>/", answer, name="answer"),
    path("s/<str:token>/", include("cases.share_urls")),
    path("calendar/<slug:key>.ics", feed, name="calendar"),
    path("inbound/<path:provider>", webhook, name="inbound"),
    path("api/v1/", api.urls),
    path("admin/operators/worklist/", admin.site.admin_view(worklist_view), name="worklist"),
    path("admin/", admin.site.urls),
    path("health/", include("simexit.health")),
    path("robots.txt", public.robots, name="robots"),
    path("sitemap.xml", sitemap, {"sitemaps": public.SITEMAPS}, name="sitemap"),
]

if settings.DEBUG:
    urlpatterns += [path("dev/mail/", include("simexit.devmail.urls"))]

urlpatterns += i18n_patterns(
    path("", home, name="home"),
    path("", include("cases.urls")),
    path("letters/", include("cases.letters_urls")),
    path("operators/", include("operators.urls")),
    path("guide/", include("operators.guide_urls")),
    path("account/preferences/", include("cases.preferences_urls")),
    path("accounts/", include("allauth.urls")),
)
