from __future__ import annotations

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def no_tries_counted() -> None:
    """allauth counts tries in the cache, and the tests are quicker than any person."""
    cache.clear()
