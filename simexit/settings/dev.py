"""Runs after a clone with nothing set: SQLite, Celery over folders, mails in a mailbox of files."""

from simexit.settings.base import *
from simexit.settings.base import env

DEBUG = True
SECRET_KEY = env.str("SECRET_KEY", default="only-for-development-and-never-for-a-real-site")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
