"""A worker process that a test starts: as in development, with its files in a folder of its own."""

from datetime import timedelta

from simexit.settings.dev import *
from simexit.settings.dev import REDIS_URL, env
from tests.services import queue_folders

REMINDER_CLAIM_LASTS = timedelta(seconds=env.int("CLAIM_SECONDS", default=15 * 60))
WORKER_DIR = env.path("WORKER_DIR")
MAILBOX_DIR = WORKER_DIR("mail")
if not REDIS_URL:
    CELERY_BROKER_TRANSPORT_OPTIONS = queue_folders(WORKER_DIR())
