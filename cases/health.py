"""What /health/ready/ asks of the cases."""

from __future__ import annotations

from dataclasses import dataclass

from asgiref.sync import sync_to_async
from django.utils import timezone
from health_check.base import HealthCheck
from health_check.exceptions import ServiceUnavailable

from cases.backlog import backlog, counted


@dataclass
class Reminders(HealthCheck):  # type: ignore[misc]  # health_check ships no types
    """Mails leave: a worker and beat are running, and the mail server takes what they bring."""

    async def run(self) -> None:
        # In the thread of the request, whose database connection is looked after by Django.
        found = await sync_to_async(backlog)(timezone.now())
        if found.is_late:
            raise ServiceUnavailable(
                f"Reminders are late: {counted(found.due)} due,"
                f" the oldest for {found.minutes} minutes."
            )
