"""What doors load unless DJANGO_SETTINGS_MODULE says otherwise: `DEBUG` decides, unset is on."""

from pathlib import Path

import environ

# Before DEBUG is looked at: a `DEBUG=off` in this file must not be overlooked.
environ.Env.read_env(Path(__file__).resolve().parent.parent.parent / ".env")
env = environ.Env()

if env.bool("DEBUG", default=True):
    from simexit.settings.dev import *
else:
    from simexit.settings.production import *
