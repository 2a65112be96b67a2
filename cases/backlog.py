"""How far behind the sender is. Asked by people, by the administration and by monitors.

Cheap whatever the table holds: partial indexes find the few rows that matter, and no count goes
on for ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min

from cases.models import Reminder
from cases.models.reminder import ReminderQuerySet

# Passes come every minute, and a crashed sender keeps its rows for 15: what waits longer is not
# going to leave by itself.
LATE_AFTER = timedelta(minutes=15)
COUNTED_TO = 10_000  # nobody needs to know by how much more


@dataclass(frozen=True, slots=True)
class Backlog:
    """due: mails that should have left, at most COUNTED_TO; oldest: how long the first waits.

    failed: rows that used up their tries, at most COUNTED_TO.
    """

    due: int
    oldest: timedelta | None
    failed: int

    @property
    def minutes(self) -> int:
        """How late the sender is, in whole minutes; 0 when nothing is due."""
        return minutes(self.oldest) if self.oldest else 0

    @property
    def is_late(self) -> bool:
        return self.oldest is not None and self.oldest > LATE_AFTER


def backlog(at: datetime) -> Backlog:
    """What should have left by this instant. Rows whose sender crashed wait as much as the others.

    Who switches reminders on again, or corrects an address, may have old rows that are due at once:
    they count until the next pass, a minute later. So a monitor asks twice before it calls anybody.
    """
    due, oldest_due = _waiting(Reminder.objects.due(at))
    stuck, oldest_stuck = _waiting(Reminder.objects.stuck(at))
    waits_since = min(filter(None, (oldest_due, oldest_stuck)), default=None)
    return Backlog(
        due=min(due + stuck, COUNTED_TO),
        oldest=at - waits_since if waits_since else None,
        failed=Reminder.objects.failed()[:COUNTED_TO].count(),
    )


def mails_due(at: datetime) -> int:
    """How many mails a pass would send: one per case, whatever the number of its subjects."""
    return Reminder.objects.due(at).order_by().values("case").distinct().count()


def sent_today(at: datetime) -> int:
    """Reminders that left since midnight in Belgium, at most COUNTED_TO."""
    return Reminder.objects.sent_since(at)[:COUNTED_TO].count()


def counted(number: int) -> str:
    """A count of this module as people read it: `10000+` where counting stopped."""
    return f"{number}+" if number >= COUNTED_TO else str(number)


def minutes(wait: timedelta) -> int:
    return wait // timedelta(minutes=1)


def _waiting(rows: ReminderQuerySet) -> tuple[int, datetime | None]:
    found = rows[:COUNTED_TO].aggregate(count=Count("pk"), oldest=Min("try_at"))
    return found["count"], found["oldest"]
