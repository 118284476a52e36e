"""What a command that needs Django does first: refuse unsafe settings, find or start the database, set Django up."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from canbao.cli.database import roles
from canbao.cli.database.guards import see_everything
from canbao.cli.database.server import SUPERUSER, PrivateServer
from canbao.kernel import deployment, vault
from canbao.kernel.deployment import SECRET_KEY_LENGTH_MIN, UnsafeSettings

# Four connections each; the private server has sixty.
_WORKERS_MAX = 12


@dataclass(frozen=True)
class Place:
    """Where the data are: the app's URL, the owner's URL, and whether the server is the private one.

    `elsewhere` is the folder of its data if they do not lie in the data folder.
    """

    app_url: str
    owner_url: str
    private: bool
    elsewhere: Path | None = None


def data_folder() -> Path:
    """CANBAO_DATA, else .canbao beside the project."""
    return Path(os.environ.get("CANBAO_DATA") or Path(__file__).resolve().parents[3] / ".canbao").absolute()


def is_production() -> bool:
    """UnsafeSettings if CANBAO_ENV is no known word."""
    return deployment.is_production(os.environ)


def refuse_unsafe_settings() -> None:
    """Raise UnsafeSettings for the first setting that means nothing, or that production must not have."""
    _refuse_nonsense()
    deployment.refuse_unsafe(os.environ)


def _refuse_nonsense() -> None:
    workers = os.environ.get("CANBAO_WORKERS", "1")
    if not workers.isdigit() or not 0 < int(workers) <= _WORKERS_MAX:
        raise UnsafeSettings(f"CANBAO_WORKERS is {workers!r}: give a number from 1 to {_WORKERS_MAX}.")
    for name, most in (("CANBAO_SESSION_IDLE_MINUTES", 24 * 60), ("CANBAO_SESSION_HOURS", 24)):
        length = os.environ.get(name) or "1"
        if not (length.isascii() and length.isdigit()) or not 0 < int(length) <= most:
            raise UnsafeSettings(f"{name} is {length!r}: give a whole number from 1 to {most}.")
    today = os.environ.get("CANBAO_TODAY")
    try:
        date.fromisoformat(today or "2000-01-01")
    except ValueError:
        raise UnsafeSettings(f"CANBAO_TODAY is {today!r}: give a day as YYYY-MM-DD.") from None
    for name in ("DATABASE_URL", "CANBAO_OWNER_URL"):
        try:
            conninfo_to_dict(os.environ.get(name, ""))
        except psycopg.Error:
            raise UnsafeSettings(f"{name} is no PostgreSQL URL: write postgresql://user:password@host/name.") from None


@contextmanager
def database() -> Iterator[Place]:
    """The database of DATABASE_URL, or the private one for as long as the block lasts; Django is set up for it.

    Raises DatabaseFault or UnsafeSettings.
    """
    refuse_unsafe_settings()
    if url := os.environ.get("DATABASE_URL"):
        place = Place(url, roles.owner_url_from_environment() or url, private=False)
        _set_up_django(place)
        yield place
        return
    with PrivateServer(data_folder() / "postgresql").running() as server:
        roles.create_database(server.url(SUPERUSER, "postgres"), roles.DATABASE)
        app_url, owner_url = (server.url(role, roles.DATABASE) for role in (roles.APP, roles.OWNER))
        place = Place(app_url, owner_url, private=True, elsewhere=server.elsewhere)
        _set_up_django(place)
        yield place


def migrated(place: Place) -> None:
    """Bring the tables up to date as the owner, with the grants."""
    roles.migrate(place.owner_url, app=str(conninfo_to_dict(place.app_url).get("user") or roles.APP))


def manage(place: Place, words: Sequence[str], *, owner: bool) -> int:
    """One Django management command, as the app or as the owner."""
    from contextlib import nullcontext

    from django.core.management import execute_from_command_line

    with roles.as_owner(place.owner_url) if owner else nullcontext():
        execute_from_command_line(["canbao manage", *words])
    return 0


def _set_up_django(place: Place) -> None:
    import django

    os.environ["DATABASE_URL"] = place.app_url
    os.environ["CANBAO_DATA"] = str(data_folder())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "canbao.settings")
    if "CANBAO_SECRET_KEY" not in os.environ:
        key = secrets.token_urlsafe(SECRET_KEY_LENGTH_MIN)
        os.environ["CANBAO_SECRET_KEY"] = _kept(data_folder() / "secret-key", key)
    if vault.ENVIRONMENT not in os.environ:
        os.environ[vault.ENVIRONMENT] = _kept(data_folder() / "data-keys", vault.new_key())
    demo_days = data_folder() / "clock-shift-days"
    if not is_production() and demo_days.exists():
        # What a command at the machine does to the demo is done on the demo's day.
        os.environ.setdefault("CANBAO_CLOCK_SHIFT_DAYS", demo_days.read_text().strip())
    django.setup()
    from django.db import connection

    # A pool is for the threads of a web server; here its threads would complain when the database stops first.
    options = connection.settings_dict["OPTIONS"]
    options.pop("pool", None)
    # Who works at the machine itself is the program: unless bound to somebody, its connections see every row.
    options["options"] = see_everything(options.get("options", ""))


def _kept(file: Path, new: str) -> str:
    """What stands in the file; at first `new`, so that sessions outlive a restart and numbers can be read after it."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, unfinished = tempfile.mkstemp(dir=file.parent, prefix=f"{file.name}.")
        try:
            os.write(handle, new.encode())
            os.fsync(handle)
            # Of two first starts at once, one makes the file and both read it.
            with suppress(FileExistsError):
                os.link(unfinished, file)
        finally:
            os.close(handle)
            os.unlink(unfinished)
    return file.read_text().strip()
