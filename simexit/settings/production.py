"""No defaults for what matters: a missing variable stops the start and is named."""

from django.core.exceptions import ImproperlyConfigured

from simexit.settings.base import *
from simexit.settings.base import S3_BUCKET, env


def needed(name: str) -> str:
    """The value of a variable that a real site cannot do without. Set but empty is not set."""
    value: str = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. A real site needs it, see .env.example.")
    return value


DEBUG = False
SECRET_KEY = needed("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
DATABASE_URL = needed("DATABASE_URL")
REDIS_URL = needed("REDIS_URL")
SITE_URL = needed("SITE_URL").rstrip("/")
ALLOWED_HOSTS = needed("ALLOWED_HOSTS").split(",")
DEFAULT_FROM_EMAIL = needed("DEFAULT_FROM_EMAIL")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
if not S3_BUCKET:
    MEDIA_ROOT = needed("MEDIA_ROOT")
CSRF_TRUSTED_ORIGINS = [SITE_URL]

globals().update(env.email_url_config(needed("EMAIL_URL")))

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^health/"]  # who asks there stands behind the proxy
# The proxy in front ends TLS and sets this header; see .env.example.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
