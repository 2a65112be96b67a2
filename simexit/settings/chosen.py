"""What the doors load unless DJANGO_SETTINGS_MODULE names another: `DEBUG` decides, unset means on."""

import os

import environ

if environ.Env.parse_value(os.environ.get("DEBUG", "on"), bool):
    from simexit.settings.dev import *  # noqa: F403
else:
    from simexit.settings.production import *  # noqa: F403
