"""The people who keep the procedures true, and a procedure with a draft."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from operators.models import Procedure
from tests.factories import make_operator, make_procedure
from tests.operators.admin import signed_in, staff


@pytest.fixture
def editor(db: None) -> User:
    return staff("editor@example.org", "Procedure editors")


@pytest.fixture
def as_editor(editor: User) -> Client:
    return signed_in(editor)


@pytest.fixture
def publisher(db: None) -> User:
    return staff("publisher@example.org", "Publishers")


@pytest.fixture
def as_publisher(publisher: User) -> Client:
    return signed_in(publisher)


@pytest.fixture
def published(db: None) -> Procedure:
    return make_procedure(operator=make_operator("Example Mobile"))


@pytest.fixture
def draft(published: Procedure) -> Procedure:
    return published.new_draft()
