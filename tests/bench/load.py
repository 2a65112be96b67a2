"""Fills a database with a hundred thousand people's worth of reminders, by SQL, in a minute."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction

from accounts.models import User
from cases.models import Case, CaseEvent, Reminder
from cases.schedule import Kind
from tests.factories import make_procedure, make_user

ROWS_OF_A_CASE = 10


def numbers(count: int) -> str:
    """A FROM clause with `n` from 1 to count."""
    if connection.vendor == "postgresql":
        return f"generate_series(1, {count}) AS numbers(n)"
    return (
        "(WITH RECURSIVE up(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up"
        f" WHERE n < {count}) SELECT n FROM up) AS numbers"
    )


@transaction.atomic
def fill(*, planned: int, due: int, at: datetime) -> None:
    """`planned` rows in the future over a tenth as many cases, and `due` rows that are due `at`.

    Each due row belongs to another case, as in a real morning.
    """
    owner = make_user("owner@example.org")
    procedure = make_procedure()
    template = Case.objects.start(
        owner=owner, procedure=procedure, goal="end", phone_number="+32470000000", at=at
    )
    Case.objects.filter(pk=template.pk).update(
        status="requested", sent_on=at.date() - timedelta(days=5), channel="letter"
    )
    cases = max(planned // ROWS_OF_A_CASE, due)
    _copy(User, owner.pk, cases, email="'p' || n || '@example.org'", calendar_key="'key-' || n")
    _copy(
        Case,
        template.pk,
        cases,
        reference="'R-' || n",
        mail_key="'k' || n",
        owner_id=f"(SELECT MIN(id) FROM accounts_user) + n % {cases}",
    )
    Reminder.objects.all().delete()
    CaseEvent.objects.all().delete()
    first = Case.objects.order_by("pk").values_list("pk", flat=True)[1]
    row = Reminder.objects.create(
        case=template, kind=Kind.CONFIRM_CANCELLATION, due_on=at.date(), try_at=at
    )
    future = at + timedelta(days=30)
    _copy(
        Reminder,
        row.pk,
        planned,
        case_id=f"{first} + n % {cases}",
        due_on=_days(at, f"30 + n / {cases}"),
        try_at=_literal(future),
    )
    _copy(Reminder, row.pk, due, case_id=f"{first} + n - 1")
    row.delete()
    _analyze()


def _copy(model: type, pk: int, count: int, **changed: str) -> None:
    """`count` more rows like this one; `changed` holds SQL expressions of `n` per column."""
    table = model._meta.db_table  # type: ignore[attr-defined]
    names = [f.column for f in model._meta.concrete_fields if f.column != "id"]  # type: ignore[attr-defined]
    chosen = ", ".join(changed.get(name, f"one.{name}") for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(names)})"
            f" SELECT {chosen} FROM {table} one, {numbers(count)} WHERE one.id = {pk}"
        )


def _literal(moment: datetime) -> str:
    text = connection.ops.adapt_datetimefield_value(moment)
    return f"'{text}'" + ("::timestamptz" if connection.vendor == "postgresql" else "")


def _days(at: datetime, expression: str) -> str:
    if connection.vendor == "postgresql":
        return f"DATE '{at.date()}' + ({expression})::int"
    return f"date('{at.date()}', '+' || ({expression}) || ' days')"


def _analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
