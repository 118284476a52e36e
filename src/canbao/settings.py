"""Django settings. Everything that differs between machines comes from the environment."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(os.environ.get("CANBAO_ROOT", Path(__file__).resolve().parents[2]))
DATA = Path(os.environ.get("CANBAO_DATA", ROOT / ".canbao"))

SECRET_KEY = os.environ.get("CANBAO_SECRET_KEY", "demo-only-not-secret")
DEBUG = os.environ.get("CANBAO_DEBUG") == "1"
ALLOWED_HOSTS = os.environ.get("CANBAO_HOSTS", "127.0.0.1,localhost,[::1],testserver").split(",")

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
    "canbao.areas",
    "canbao.staff",
    "canbao.registry",
    "canbao.enrolment",
    "canbao.billing",
    "canbao.payments",
    "canbao.ledger",
    "canbao.entitlement",
    "canbao.supervision",
    "canbao.faces",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
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

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ.get("CANBAO_DB_NAME", "canbao"),
        "HOST": os.environ.get("CANBAO_DB_HOST", ""),
        "USER": os.environ.get("CANBAO_DB_USER", "canbao"),
    }
}
AUTH_USER_MODEL = "staff.Login"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [Path(__file__).parent / "faces" / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = DATA / "static"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
