"""What is equal everywhere. Everything a deployment may change is read from the environment."""

from datetime import timedelta
from pathlib import Path

import bootstrap_wrapper
import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VAR_DIR = BASE_DIR / "var"

# `NAME_FILE` beside every `NAME`, so that secrets can be mounted as files.
env = environ.FileAwareEnv()
environ.Env.read_env(BASE_DIR / ".env")

# --- The site -----------------------------------------------------------------------------------

SITE_NAME = "SimExit"
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000").rstrip("/")
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="SimExit <simexit@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_SUBJECT_PREFIX = f"[{SITE_NAME}] "  # of mails to ADMINS
ADMINS = [("", address) for address in env.list("ADMINS", default=[])]

ROOT_URLCONF = "simexit.urls"
WSGI_APPLICATION = "simexit.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "modeltranslation",
    "accounts",
    "operators",
    "cases",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "crispy_forms",
    "crispy_bootstrap5",
    "phonenumber_field",
    "simple_history",
    "csp",
    "corsheaders",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "simexit.lib.http.site",
                "simexit.public.head",
            ],
        },
    },
]
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
CRISPY_FAIL_SILENTLY = False

# --- Data ---------------------------------------------------------------------------------------

DATABASE_URL = env.str("DATABASE_URL", default="") or f"sqlite:///{VAR_DIR}/simexit.sqlite3"
DATABASES = {"default": env.db_url_config(DATABASE_URL)}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    Path(DATABASES["default"]["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    DATABASES["default"]["OPTIONS"] = {
        # Writers queue up at BEGIN instead of failing in the middle of a transaction.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"].setdefault("CONN_MAX_AGE", 60)
    DATABASES["default"].setdefault("CONN_HEALTH_CHECKS", True)

REDIS_URL = env.str("REDIS_URL", default="")
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 5},  # seconds
        }
    }

# Evidence. Outside the static files, and there is no MEDIA_URL: only a view hands a file out.
MEDIA_ROOT = env.path("MEDIA_ROOT", default=VAR_DIR / "media")
EVIDENCE_MAX_BYTES = env.int("EVIDENCE_MAX_BYTES", default=15 * 1024 * 1024)
EVIDENCE_MAX_BYTES_PER_PERSON = env.int("EVIDENCE_MAX_BYTES_PER_PERSON", default=200 * 1024 * 1024)
CLAMAV_HOST = env.str("CLAMAV_HOST", default="")
S3_BUCKET = env.str("S3_BUCKET", default="")
# After a case is over, see cases/keeping.py.
KEEP_CASES_MONTHS = env.int("KEEP_CASES_MONTHS", default=24)

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [
    BASE_DIR / "simexit" / "static",
    # The package ships Bootstrap's dist files beside its module.
    ("bootstrap", Path(bootstrap_wrapper.__file__).parent.parent / "bootstrap"),
]
STORAGES: dict[str, dict[str, object]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

if S3_BUCKET:
    STORAGES["default"] = {
        "BACKEND": "simexit.lib.object_store.ObjectStore",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            # Unset: what boto3 finds by itself, such as the role of a machine.
            "endpoint_url": env.str("S3_ENDPOINT_URL", default="") or None,
            "region_name": env.str("S3_REGION", default="") or None,
            "access_key": env.str("S3_ACCESS_KEY_ID", default="") or None,
            "secret_key": env.str("S3_SECRET_ACCESS_KEY", default="") or None,
        },
    }

# --- Celery: it only wakes us, see cases/reminders.py -------------------------------------------

CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 10 * 60  # seconds
CELERY_TASK_SOFT_TIME_LIMIT = 9 * 60
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "Europe/Brussels"
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    # No click of a person queues anything. Beat does, and must soon give up and try again.
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {
        "socket_connect_timeout": 2,
        "socket_timeout": 5,
    }
else:
    BROKER_DIR = VAR_DIR / "broker"
    CELERY_BROKER_URL = "filesystem://localhost//"
    CELERY_BROKER_TRANSPORT = "simexit.lib.broker.Transport"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR / "queue"),
        "data_folder_out": str(BROKER_DIR / "queue"),
        "control_folder": str(BROKER_DIR / "control"),
        "polling_interval": 0.5,  # seconds
    }
    for folder in ("queue", "control"):
        (BROKER_DIR / folder).mkdir(parents=True, exist_ok=True)
    # Nobody steers workers through folders; without it each one leaves a queue of files behind.
    CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    "send-due-reminders": {
        "task": "cases.tasks.send_due_reminders",
        "schedule": 60.0,  # seconds
        # A worker that was away must not find a pile of wake-ups that all say the same.
        "options": {"expires": 55},
    },
    "match-inbound-mail": {
        "task": "cases.tasks.match_inbound_mail",
        "schedule": 60.0,  # seconds
        "options": {"expires": 55},
    },
    "tidy-inbound-mail": {
        "task": "cases.tasks.tidy_inbound_mail",
        "schedule": crontab(minute=47),
    },
    "delete-loose-files": {
        "task": "cases.tasks.delete_loose_files",
        "schedule": crontab(minute=17),
    },
    "delete-lapsed-evidence": {
        "task": "cases.tasks.delete_lapsed_evidence",
        "schedule": crontab(hour=3, minute=40),  # CELERY_TIMEZONE
    },
    "throw-away-lapsed-cases": {
        "task": "cases.tasks.throw_away_lapsed_cases",
        "schedule": crontab(hour=4, minute=30),
    },
    "report-failed-reminders": {
        "task": "cases.tasks.report_failed_reminders",
        "schedule": crontab(hour=8, minute=0),  # CELERY_TIMEZONE
    },
}

# Longer than any mail server keeps a sender waiting. A claim that is older belongs to a sender that
# died; its mail may repeat, with the same Message-ID, and can't be lost.
REMINDER_CLAIM_LASTS = timedelta(minutes=15)

# --- Mail ---------------------------------------------------------------------------------------

MAILBOX_DIR = VAR_DIR / "mail"  # only where no mail server is named, see simexit/devmail
EMAIL_TIMEOUT = 20  # seconds; a mail server that does not answer must not hold a worker

# --- Mail that comes in, see cases/inbound.py ---------------------------------------------------

# Empty: no case has an address, and nothing is taken.
INBOUND_DOMAIN = env.str("INBOUND_DOMAIN", default="").lower()
INBOUND_HOST = env.str("INBOUND_HOST", default="127.0.0.1")
INBOUND_PORT = env.int("INBOUND_PORT", default=8025)
# What a mail may weigh on the road: 15 MB and a third more, which packing for the road adds, and a
# little. What a case can keep is EVIDENCE_MAX_BYTES.
INBOUND_MAX_BYTES = 25 * 1024 * 1024
# Mails per seconds. An operator writes to many people; to one of them it writes little.
INBOUND_RATES = {"sender": (300, 60 * 60), "recipient": (60, 60 * 60)}
# Without a secret the addresses of the providers of mail do not exist, see cases/views/inbound.py.
ANYMAIL_WEBHOOK_SECRET = env.str("ANYMAIL_WEBHOOK_SECRET", default="")

# --- People and signing in ----------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "cases:list"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.forms.LoginForm",
    "signup": "accounts.forms.SignupForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
# allauth's own limits stay; these are for operators/wrong.py and cases/views, and count in the same
# cache. A letter takes several presses: to read it, to change it, to save it. Files are counted one
# by one. A dossier is work for the site; who reads a shared case opens many files.
ACCOUNT_RATE_LIMITS = {
    "report": "5/m/ip,30/d/ip",
    "letter": "30/m/ip,600/d/ip",
    "evidence": "60/m/user,1000/d/user",
    "dossier": "10/m/ip,200/d/ip",
    "share": "60/m/ip,2000/d/ip",
    "export": "3/m/user,30/d/user",
}
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = SITE_NAME

# --- Languages and time -------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", _("English")),
    ("zh-hans", _("Simplified Chinese")),
    ("nl", _("Dutch")),
    ("fr", _("French")),
    ("de", _("German")),
]
MODELTRANSLATION_DEFAULT_LANGUAGE = LANGUAGE_CODE  # what is not translated is shown in English
LOCALE_PATHS = [BASE_DIR / "simexit" / "locale"]
FORMAT_MODULE_PATH = "simexit.formats"
TIME_ZONE = "Europe/Brussels"
USE_TZ = True
PHONENUMBER_DEFAULT_REGION = "BE"
PHONENUMBER_DB_FORMAT = "E164"

# --- Safety -------------------------------------------------------------------------------------

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        # Bootstrap's style sheet draws its own icons as data: images.
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
# Any website may read the open data, and nothing else; without cookies, so nobody's data is there.
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_ALL_ORIGINS = True
CORS_ALLOW_METHODS = ["GET", "HEAD", "OPTIONS"]
CORS_ALLOW_HEADERS = ["accept", "if-none-match"]
CORS_EXPOSE_HEADERS = ["etag"]
# Django's own limit for the text fields of a form; files are checked by cases/evidence.py.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# A procedure is one page of the administration: some hundred rows of ten fields, all sent at once.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    # At DEBUG the first writes down all that a page knows, whoever's it is. Never wanted.
    "loggers": {
        "django.template": {"level": "INFO"},
        # The receiver of mail would write down who writes to whom, and with it secret addresses.
        "mail": {"level": "WARNING"},
    },
}
