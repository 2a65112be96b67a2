"""People in the administration: who may see them, and who may make staff of them."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, Permission
from django.test import Client

from accounts.models import User
from tests.factories import make_user

pytestmark = pytest.mark.django_db

PEOPLE = "/admin/accounts/user/"


@pytest.fixture
def as_root(db: None) -> Client:
    return signed_in(make_user("root@example.org", is_staff=True, is_superuser=True))


@pytest.fixture
def as_helper(db: None) -> Client:
    """Staff who look after people's settings."""
    user = make_user("helper@example.org", is_staff=True)
    user.user_permissions.add(*Permission.objects.filter(codename__in=["view_user", "change_user"]))
    return signed_in(user)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_superuser_makes_an_editor(as_root: Client, alice: User) -> None:
    group = Group.objects.get(name="Procedure editors")
    data = {"is_active": "on", "is_staff": "on", "groups": [group.pk]}

    response = as_root.post(f"{PEOPLE}{alice.pk}/change/", data)

    assert response.status_code == 302
    alice.refresh_from_db()
    assert alice.is_staff
    assert list(alice.groups.all()) == [group]


def test_nobody_else_decides_who_is_staff(as_helper: Client, alice: User) -> None:
    seen = as_helper.get(f"{PEOPLE}{alice.pk}/change/")
    pressed = as_helper.post(f"{PEOPLE}{alice.pk}/change/", {"is_staff": "on"})

    assert (seen.status_code, pressed.status_code) == (200, 403)
    alice.refresh_from_db()
    assert not alice.is_staff


def test_people_are_not_added_deleted_or_renamed_here(as_root: Client, alice: User) -> None:
    data = {"is_active": "on", "email": "other@example.org", "mail_hour": 3}
    as_root.post(f"{PEOPLE}{alice.pk}/change/", data)

    alice.refresh_from_db()
    assert (alice.email, alice.mail_hour) == ("alice@example.org", 9)
    assert as_root.get(f"{PEOPLE}add/").status_code == 403
    assert as_root.post(f"{PEOPLE}{alice.pk}/delete/", {"post": "yes"}).status_code == 403


def test_the_list_shows_people_and_no_passwords(as_root: Client, alice: User) -> None:
    text = as_root.get(PEOPLE).content.decode()
    page = as_root.get(f"{PEOPLE}{alice.pk}/change/").content.decode()

    assert "alice@example.org" in text
    assert 'name="password"' not in page
    assert alice.password not in page


def test_the_secret_of_a_second_factor_is_not_shown(as_root: Client, alice: User) -> None:
    factor = Authenticator.objects.create(
        user=alice, type=Authenticator.Type.TOTP, data={"secret": "JBSWY3DPEHPK3PXP"}
    )

    page = as_root.get(f"/admin/mfa/authenticator/{factor.pk}/change/")
    gone = as_root.post(f"/admin/mfa/authenticator/{factor.pk}/delete/", {"post": "yes"})

    assert page.status_code == 200
    assert "JBSWY3DPEHPK3PXP" not in page.content.decode()
    assert gone.status_code == 302
    assert not Authenticator.objects.exists()
