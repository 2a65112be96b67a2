"""Two addresses for machines: is this process alive, and can it serve?"""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from health_check.views import HealthCheckView


def live(request: HttpRequest) -> HttpResponse:
    """Touches nothing: a restart would not bring a database back."""
    return HttpResponse("OK\n", content_type="text/plain")


class Ready(HealthCheckView):  # type: ignore[misc]  # health_check ships no types
    """The database, and the cache. Where REDIS_URL is set, the broker is the same Redis."""

    checks = ("health_check.checks.Database", "health_check.checks.Cache")

    def render_to_response(self, context: dict[str, object], *, status: int = 200) -> HttpResponse:
        """Text where a browser would get a page: who asks here is a program."""
        response: HttpResponse = self.render_to_response_text(status)
        return response


app_name = "health"
urlpatterns = [
    path("live/", live, name="live"),
    path("ready/", Ready.as_view(), name="ready"),
]
