"""Example people and cases, to look around in."""

from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from cases import schedule
from cases.models import Case
from operators.models import ChannelKind, Procedure

PASSWORD = "leave-with-the-proof"  # noqa: S105  printed below, only with DEBUG


class Command(BaseCommand):
    help = "Makes example people and cases in this database and prints the accounts. DEBUG only."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("Example accounts have a known password: only where DEBUG is on.")
        mei = self._person("mei@example.be", "five cases, one in each place")
        if not mei.cases.exists():
            open_cases(mei, at=timezone.now())
        for name in ("Procedure editors", "Publishers"):
            user = self._person(f"{name.split()[-1].lower()}@example.be", name, is_staff=True)
            user.groups.add(Group.objects.get(name=name))
        self._person("admin@example.be", "may do everything", is_staff=True, is_superuser=True)
        self.stdout.write(f"The password of each is {PASSWORD}")

    def _person(self, email: str, what: str, **fields: Any) -> User:
        user = User.objects.filter(email=email).first()
        if user is None:
            user = User.objects.create_user(email, PASSWORD, **fields)
            EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
        self.stdout.write(f"{email:24} {what}")
        return user


def open_cases(owner: User, *, at: datetime) -> None:
    """A case in each place of the road, made by the verbs, as people make them."""
    today = schedule.today(at)

    def start(slug: str, plan: str, last_digits: int, days_ago: int, goal: str = "end") -> Case:
        procedure = Procedure.objects.published().get(operator__slug=slug, plan=plan)
        return Case.objects.start(
            owner=owner,
            procedure=procedure,
            goal=goal,
            phone_number=f"+32470123{last_digits}",
            at=at - timedelta(days=days_ago),
        )

    def send(case: Case, channel: str, days_ago: int, end_in: int) -> Case:
        case.mark_requested(
            sent_on=today - timedelta(days=days_ago),
            channel=channel,
            wanted_end=today + timedelta(days=end_in),
            by=owner,
            at=at - timedelta(days=days_ago),
        )
        return case

    def confirm(case: Case, days_ago: int) -> Case:
        moment = at - timedelta(days=days_ago)
        end = case.wanted_end or today
        case.mark_confirmed(confirmed_on=schedule.today(moment), ends_on=end, by=owner, at=moment)
        return case

    def end(case: Case, days_ago: int) -> Case:
        moment = at - timedelta(days=days_ago)
        case.mark_ended(ended_on=schedule.today(moment), by=owner, at=moment)
        return case

    start("base", "postpaid", 101, days_ago=1)
    send(start("proximus", "postpaid", 202, 6), ChannelKind.ONLINE_ACCOUNT, 5, end_in=12)
    confirm(send(start("telenet", "postpaid", 303, 20), ChannelKind.SHOP, 18, end_in=4), 12)
    end(send(start("base", "prepaid", 404, 12, goal="port"), ChannelKind.SHOP, 11, -8), 8)
    closing = send(start("orange", "postpaid", 505, 120), ChannelKind.LETTER, 118, end_in=-100)
    end(confirm(closing, 112), 100).close(by=owner, at=at - timedelta(days=20))
