"""The settings as Django gets them, past the command too: what production sets, and what it does not start on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from canbao.kernel.deployment import hosts, trusted_origins
from canbao.kernel.vault import new_key

SAFE = {
    "CANBAO_ENV": "production",
    "CANBAO_SECRET_KEY": "k" * 60,
    "CANBAO_DATA_KEYS": new_key(),
    "DATABASE_URL": "postgresql://canbao@db/canbao",
    "CANBAO_HOSTS": " canbao.example.org, .example.com ",
}


def _settings(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    code = (
        "import json; from canbao import settings\n"
        "print(json.dumps({k: v for k, v in vars(settings).items() if k.isupper()}, default=str))"
    )
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("CANBAO_", "DATABASE_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, "-c", code], env=clean | environment, capture_output=True, text=True, check=False
    )


def _loaded(environment: dict[str, str]) -> dict[str, Any]:
    done = _settings(environment)
    assert done.returncode == 0, done.stderr
    settings: dict[str, Any] = json.loads(done.stdout)
    return settings


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"CANBAO_SECRET_KEY": ""}, "secret key"),
        ({"CANBAO_DATA_KEYS": ""}, "CANBAO_DATA_KEYS holds no key"),
        ({"CANBAO_ENV": "prod"}, "write demo or production"),
        ({"CANBAO_HOSTS": "*"}, "CANBAO_HOSTS"),
        ({"CANBAO_DEBUG": "1"}, "CANBAO_DEBUG"),
    ],
)
def test_the_settings_themselves_refuse_what_the_command_refuses(change: dict[str, str], says: str) -> None:
    done = _settings(SAFE | change)

    assert done.returncode != 0
    assert "UnsafeSettings" in done.stderr and says in done.stderr


def test_production_guards_its_cookies_and_asks_for_tls() -> None:
    settings = _loaded(SAFE)

    for cookie in ("SESSION", "CSRF", "LANGUAGE"):
        assert settings[f"{cookie}_COOKIE_SECURE"] is True
        assert settings[f"{cookie}_COOKIE_HTTPONLY"] is True
        assert settings[f"{cookie}_COOKIE_SAMESITE"] == "Lax"
    assert settings["SECURE_HSTS_SECONDS"] >= 180 * 24 * 3600
    assert settings["SECURE_PROXY_SSL_HEADER"] == ["HTTP_X_FORWARDED_PROTO", "https"]
    assert settings["ALLOWED_HOSTS"] == ["canbao.example.org", ".example.com"]
    assert settings["CSRF_TRUSTED_ORIGINS"] == [
        "https://canbao.example.org", "https://example.com", "https://*.example.com",
    ]  # fmt: skip


def test_a_session_ends_with_the_working_day_and_with_the_browser() -> None:
    settings = _loaded({})

    assert settings["SESSION_COOKIE_AGE"] == 8 * 3600
    assert settings["SESSION_EXPIRE_AT_BROWSER_CLOSE"] is True
    assert settings["SESSION_COOKIE_SECURE"] is False
    assert settings["CSRF_TRUSTED_ORIGINS"] == []


def test_without_names_it_answers_to_this_machine() -> None:
    assert hosts({}) == hosts({"CANBAO_HOSTS": ""}) == ["127.0.0.1", "localhost", "[::1]"]
    assert trusted_origins([]) == []
