"""The Celery application. It only wakes us: what is due is decided by rows in the database."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "simexit.settings.chosen")

app = Celery("simexit")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
