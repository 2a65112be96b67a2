"""Fast and offline. `TEST_DATABASE_URL` chooses the database, see tests/services.py."""

import os
import tempfile

# Whatever `.env` or the shell name: tests never touch a database, Redis or mail server in use.
os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL", "sqlite://:memory:")
os.environ["REDIS_URL"] = ""
os.environ["INBOUND_DOMAIN"] = ""

from simexit.settings.base import *
from simexit.settings.base import DATABASES, STORAGES

DEBUG = False
SECRET_KEY = "only-for-tests"
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
SITE_URL = "https://simexit.test"
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file and not the memory, so that a worker process can open it too.
    DATABASES["default"]["TEST"] = {
        "NAME": f"{tempfile.gettempdir()}/simexit-test-{os.getpid()}.sqlite3"
    }
