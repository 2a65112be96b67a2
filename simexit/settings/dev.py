"""Runs after a clone with nothing set: SQLite, Celery over folders, mails in a mailbox of files."""

import warnings

from simexit.settings.base import *
from simexit.settings.base import env

DEBUG = True
SECRET_KEY = env.str("SECRET_KEY", default="only-for-development-and-never-for-a-real-site")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
PORT = env.int("PORT", default=8000)
SITE_URL = env.str("SITE_URL", default=f"http://127.0.0.1:{PORT}").rstrip("/")

# Mails go to the pages under /dev/mail/ unless a mail server is named.
if env.str("EMAIL_URL", default=""):
    globals().update(env.email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "simexit.devmail.maildir.EmailBackend"

# In a container everything runs as root, and a development machine may.
warnings.filterwarnings("ignore", message="You're running the worker with superuser privileges")
