"""The Celery application. It only wakes us: what is due is decided by rows in the database."""

import os

import celery.app.amqp  # noqa: F401  see below
from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "simexit.settings.chosen")

# Celery loads `celery.app.amqp` late. A beat that is told to end in that moment looks for it again,
# finds half of it, and leaves a traceback where somebody only pressed Ctrl-C; so it is loaded here.
app = Celery("simexit")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
