"""Two addresses for machines: is this process alive, and can it serve?"""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.urls import path
from health_check.views import HealthCheckView


def live(request: HttpRequest) -> HttpResponse:
    """Touches nothing: a restart would not bring a database back."""
    return HttpResponse("OK\n", content_type="text/plain")


class Ready(HealthCheckView):  # type: ignore[misc]  # health_check ships no types
    """The database, the cache and the sender. With REDIS_URL the broker is the cache's Redis."""

    checks = (
        "health_check.checks.Database",
        "health_check.checks.Cache",
        "cases.health.Reminders",
    )

    async def get(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        """503, not 500: nothing is broken here, something we need is away.

        Django mails ADMINS each answer from 500 on. Who asks here asks every few seconds, and may
        ask because mail is what does not work.
        """
        response: HttpResponse = await super().get(request, *args, **kwargs)
        if response.status_code == HTTPStatus.INTERNAL_SERVER_ERROR:
            response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
            response._has_been_logged = True  # type: ignore[attr-defined]  # log_response() of Django
        return response

    def render_to_response(self, context: dict[str, object], *, status: int = 200) -> HttpResponse:
        """Text where a browser would get a page: who asks here is a program."""
        response: HttpResponse = self.render_to_response_text(status)
        return response


app_name = "health"
urlpatterns = [
    path("live/", live, name="live"),
    path("ready/", Ready.as_view(), name="ready"),
]
