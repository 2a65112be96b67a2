"""The administration's pages, and how a browser fills them in."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group
from django.test import Client

from accounts.models import User
from operators.models import Procedure
from tests.factories import make_user


def staff(email: str, group: str) -> User:
    user = make_user(email, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    return user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(procedure: Procedure, name: str = "change") -> str:
    return f"/admin/operators/procedure/{procedure.pk}/{name}/"


def filled(client: Client, procedure: Procedure) -> dict[str, Any]:
    """What a browser sends when nothing on the page is touched: lines end with CR LF."""
    context = client.get(page(procedure)).context
    forms = [context["adminform"].form]
    for section in context["inline_admin_formsets"]:
        forms += [section.formset.management_form, *section.formset.initial_forms]
    sent = {
        field.html_name: as_sent(field.value())
        for form in forms
        for field in form
        if not field.field.disabled
    }
    return sent | {"reason": "A test of the page."}


def as_sent(value: Any) -> Any:
    if isinstance(value, list):
        return [str(one) for one in value]
    return "" if value is None else str(value).replace("\n", "\r\n")


def add_row(data: dict[str, Any], section: str, **values: Any) -> None:
    number = int(data[f"{section}-TOTAL_FORMS"])
    data[f"{section}-TOTAL_FORMS"] = number + 1
    for name, value in {"id": "", "key": "", "position": "", **values}.items():
        data[f"{section}-{number}-{name}"] = value


def number_of(data: dict[str, Any], section: str, row: Any) -> int:
    rows = range(int(data[f"{section}-INITIAL_FORMS"]))
    return next(n for n in rows if data[f"{section}-{n}-id"] == str(row.pk))
