"""What machines ask."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from tests.services import free_port


@pytest.mark.django_db
def test_alive_asks_nobody(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        answer = client.get("/health/live/")

    assert answer.status_code == 200


@pytest.mark.django_db
def test_ready_while_the_database_and_the_cache_answer(client: Client) -> None:
    answer = client.get("/health/ready/", headers={"accept": "text/html"})

    assert answer.status_code == 200
    assert answer.content.decode().count("OK") == 3


@pytest.mark.django_db(transaction=True)
def test_ready_with_redis(client: Client, settings: Settings, redis_url: str) -> None:
    settings.CACHES = redis_cache(redis_url)

    assert client.get("/health/ready/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_not_ready_while_redis_is_away(client: Client, settings: Settings) -> None:
    settings.CACHES = redis_cache(f"redis://127.0.0.1:{free_port()}/0")

    answer = client.get("/health/ready/")

    assert answer.status_code == 503
    assert "Database(alias='default'): OK" in answer.content.decode()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_not_ready_while_the_database_is_away(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "PORT", free_port())

    assert client.get("/health/ready/").status_code == 503
    assert client.get("/health/live/").status_code == 200


def redis_cache(url: str) -> dict[str, dict[str, object]]:
    return {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": url,
            "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 5},
        }
    }
