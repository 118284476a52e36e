"""What the environment says about the kind of deployment, and what production must not be started with."""

from __future__ import annotations

from collections.abc import Mapping

from canbao.kernel import vault

PRODUCTION = "production"
KINDS = ("demo", PRODUCTION)
SECRET_KEY_LENGTH_MIN = 50
_THIS_MACHINE = "127.0.0.1,localhost,[::1]"


class UnsafeSettings(Exception):
    """Settings that mean nothing, or that production must not run with; one sentence says what to do."""


def is_production(environment: Mapping[str, str]) -> bool:
    """Whether CANBAO_ENV says so; unset it means demo. UnsafeSettings for a word that is neither.

    A misspelt `production` must not quietly become a demo with an open password.
    """
    kind = environment.get("CANBAO_ENV") or KINDS[0]
    if kind not in KINDS:
        raise UnsafeSettings(
            f"CANBAO_ENV is {kind!r}: write {' or '.join(KINDS)}, in small letters, or leave it unset."
        )
    return kind == PRODUCTION


def hosts(environment: Mapping[str, str]) -> list[str]:
    """The host names of CANBAO_HOSTS, else this machine's own. UnsafeSettings for what is no name."""
    written = environment.get("CANBAO_HOSTS") or _THIS_MACHINE
    names = [name for word in written.split(",") if (name := word.strip())]
    for name in names:
        if "/" in name or " " in name or ("*" in name and name != "*"):
            raise UnsafeSettings(
                f"CANBAO_HOSTS holds {name!r}, which is no host name: write names alone, with commas, "
                f"and .example.org for a domain with all below it."
            )
    return names


def trusted_origins(names: list[str]) -> list[str]:
    """The origins of forms that come over TLS: a name, or for `.example.org` the domain and all below it."""
    below = [f"https://*{name}" for name in names if name.startswith(".")]
    return [f"https://{name.removeprefix('.')}" for name in names] + below


def second_factor(environment: Mapping[str, str]) -> frozenset[str]:
    """The words of CANBAO_SECOND_FACTOR; unset, `office` in production and `off` in a demo."""
    written = environment.get("CANBAO_SECOND_FACTOR") or ("office" if is_production(environment) else "off")
    return frozenset(word.strip() for word in written.split(",") if word.strip())


def refuse_unsafe(environment: Mapping[str, str]) -> None:
    """Raise UnsafeSettings for the first setting that production must not have."""
    names = hosts(environment)
    if not is_production(environment):
        return
    if len(environment.get("CANBAO_SECRET_KEY", "")) < SECRET_KEY_LENGTH_MIN:
        raise UnsafeSettings(
            f"Production needs a secret key of its own: set CANBAO_SECRET_KEY to {SECRET_KEY_LENGTH_MIN} or more "
            f"random characters."
        )
    try:
        vault.ring_of(environment)
    except vault.BadKeys as fault:
        raise UnsafeSettings(f"Production needs keys of its own for the numbers of its people: {fault}") from None
    if environment.get("CANBAO_DEBUG") == "1":
        raise UnsafeSettings("Production must not show debug pages: unset CANBAO_DEBUG.")
    if not environment.get("DATABASE_URL"):
        raise UnsafeSettings(
            "Production must not keep its data in the private PostgreSQL: set DATABASE_URL (and CANBAO_OWNER_URL)."
        )
    if "off" in second_factor(environment):
        raise UnsafeSettings("Production must ask for a second factor: unset CANBAO_SECOND_FACTOR, or write office.")
    if environment.get("CANBAO_TODAY"):
        raise UnsafeSettings("Production must live in the present: unset CANBAO_TODAY.")
    if not environment.get("CANBAO_HOSTS", "").strip(" ,"):
        raise UnsafeSettings("Production must know its own name: set CANBAO_HOSTS to the host names it answers to.")
    if "*" in names:
        raise UnsafeSettings("Production must not answer to every name: let CANBAO_HOSTS name the hosts instead of *.")
