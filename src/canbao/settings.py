"""Django settings. Everything that differs between machines comes from the environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from canbao.kernel import deployment
from canbao.kernel.binding import forget

ROOT = Path(os.environ.get("CANBAO_ROOT", Path(__file__).resolve().parents[2]))
DATA = Path(os.environ.get("CANBAO_DATA", ROOT / ".canbao"))

# Where messages to residents are handed in; empty where nobody sends them yet: then they wait.
MESSAGES_URL = os.environ.get("CANBAO_MESSAGES_URL", "")

# Here too, for whoever loads the settings past the command: production never starts on what a demo may have.
deployment.refuse_unsafe(os.environ)
PRODUCTION = deployment.is_production(os.environ)
DEMO_SECRET_KEY = "demo-only-not-secret"
SECRET_KEY = os.environ.get("CANBAO_SECRET_KEY") or DEMO_SECRET_KEY
DEBUG = os.environ.get("CANBAO_DEBUG") == "1"
ALLOWED_HOSTS = deployment.hosts(os.environ)

# In the order of what happens to a person; import direction is checked by import-linter.
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "csp",
    "procrastinate.contrib.django",
    "canbao.areas",
    "canbao.staff",
    "canbao.registry",
    "canbao.enrolment",
    "canbao.billing",
    "canbao.payments",
    "canbao.mutual_aid",
    "canbao.ledger",
    "canbao.entitlement",
    "canbao.reconciliation",
    "canbao.certificates",
    "canbao.intake",
    "canbao.supervision",
    "canbao.faces",
    "canbao.faces.open_api",
    "ninja",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "canbao.faces.storing.NoStore",
    "canbao.faces.releasing.ReleaseScope",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "canbao.faces.sitting.EndOldSessions",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "csp.middleware.CSPMiddleware",
]
ROOT_URLCONF = "canbao.urls"
WSGI_APPLICATION = "canbao.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# How many days a list that was handed in is kept with its rows; what it wrote stays, and so does the file's digest.
LIST_DAYS = int(os.environ.get("CANBAO_LIST_DAYS", "90"))

# Days by which the demo's clock differs from the machine's: its people live in the campaign they were invented for.
CLOCK_SHIFT_DAYS = 0 if PRODUCTION else int(os.environ.get("CANBAO_CLOCK_SHIFT_DAYS", "0"))


def database_from_url(url: str, *, pool_size: int) -> dict[str, Any]:
    """Django's settings for a postgresql:// URL; ValueError if it is none. `pool_size` 0 means no pool."""
    try:
        parts = conninfo_to_dict(url)
    except Exception as fault:
        raise ValueError(f"DATABASE_URL is not a PostgreSQL URL: {fault}") from None
    place = {key: str(parts.pop(key.lower(), None) or "") for key in ("USER", "PASSWORD", "HOST", "PORT")}
    options: dict[str, Any] = {key: value for key, value in parts.items() if key != "dbname"}
    # History is written in the program's time, which the demo shifts.
    options["options"] = f"{options.get('options', '')} -c canbao.clock_shift_days={CLOCK_SHIFT_DAYS}".strip()
    if pool_size:
        # What one request was bound to, the next one must not inherit.
        options["pool"] = {"min_size": 1, "max_size": pool_size, "timeout": 10, "reset": forget}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": str(parts.get("dbname") or "canbao"),
        "OPTIONS": options,
        **place,
    }


# One connection for each thread that may serve a request; all workers together stay far below max_connections.
WORKERS = int(os.environ.get("CANBAO_WORKERS", "2"))
THREADS = 4
# Requests that wait for the transaction of one of them hold no connection, so there may be many more threads.
CALLERS = 48
DATABASES = {"default": database_from_url(os.environ.get("DATABASE_URL", ""), pool_size=THREADS)}
AUTH_USER_MODEL = "staff.Login"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {
        "NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "display_name")},
    },
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
    {"NAME": f"{_VALIDATION}.NumericPasswordValidator"},
]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [Path(__file__).parent / "faces" / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = DATA / "static"
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "canbao.faces.assets.PackageFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# Every room keeps its long works in its jobs.py.
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Whom a second factor is asked of (canbao.staff.demands): the demo's logins share a printed password and have no phone.
SECOND_FACTOR = deployment.second_factor(os.environ)
# Not past a working day, nor past the browser, nor long after the last click: counters share their machines.
SESSION_ENGINE = "canbao.staff.sessions"
SESSION_IDLE_SECONDS = 60 * int(os.environ.get("CANBAO_SESSION_IDLE_MINUTES") or (15 if PRODUCTION else 120))
SESSION_COOKIE_AGE = 60 * 60 * int(os.environ.get("CANBAO_SESSION_HOURS") or 8)
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
# TLS ends before us: the server in front says so, and a form's origin says https where the request says http.
CSRF_TRUSTED_ORIGINS = deployment.trusted_origins(ALLOWED_HOSTS) if PRODUCTION else []
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if PRODUCTION else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"redacting": {"()": "canbao.kernel.personal.RedactingFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "redacting"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
