"""The settings of a real site, on the throw-away servers of the measurement."""

from simexit.settings.test import *
from simexit.settings.test import env

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = "127.0.0.1"
EMAIL_PORT = env.int("SINK_PORT", default=2525)
LOGGING = {"version": 1, "disable_existing_loggers": False}
