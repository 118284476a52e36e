"""The log names nobody: canaries go through pages, forms, the interface and failures, and stay out of it."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import ProxyHandler, build_opener

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils.module_loading import import_string

from canbao.cli import web
from canbao.cli.database import roles
from canbao.cli.database.server import PrivateServer
from canbao.kernel.personal import id_check_digit
from canbao.registry.models import Resident
from tests.faces.conftest import person_named

pytestmark = pytest.mark.usefixtures("town")
NAME, PHONE, BANK_CARD = "金丝雀丙", "13912348765", "6222021234567890123"
NUMBER = "37048119820711203" + id_check_digit("37048119820711203")


@pytest.fixture
def log() -> Iterator[Callable[[], str]]:
    """What the product would have written to the log by now, with its own handler's formatter, down to DEBUG."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(import_string(settings.LOGGING["formatters"]["redacting"]["()"])())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield written.getvalue
    root.removeHandler(handler)
    root.setLevel(level)


def _leaks(text: str) -> set[str]:
    return {canary for canary in (NAME, PHONE, NUMBER, BANK_CARD) if canary in text}


def test_the_search_for_leaks_finds_what_it_is_for(log: Callable[[], str]) -> None:
    logging.getLogger("canary").warning("somebody called %s", NAME)

    assert _leaks(log()) == {NAME}


def test_requests_with_canaries_leave_none_in_the_log(clerk: Client, log: Callable[[], str], db: None) -> None:
    clerk.raise_request_exception = False
    person = person_named("刘玉珍")
    village = person.village_code
    form = {"name": NAME, "birth_on": "1982-07-11", "sex": "male", "document_kind": "id_card", "number": NUMBER}
    form |= {"phone": PHONE, "bank_card": BANK_CARD, "document_number": NUMBER, "village": village}
    everywhere = {**form, "q": NAME, "username": NUMBER, "password": PHONE, "next": f"/x?q={NUMBER}"}
    record = f"/console/people/{person.pk}/record"
    paths = [
        "/console/people", "/console/people/new", record, f"{record}/contact", f"{record}/document", f"{record}/fact",
        f"/console/people/{person.pk}/reveal", "/console/unenrolled/record", "/console/sign-in", "/pay-what",
        "/applications", f"/console/people/{NUMBER[:17]}", f"/console/receipts/{NUMBER}", f"/console/nothing/{PHONE}",
        "/console/imports/hand-in", "/console/account/password", f"/apply/370481-2025/{village}",
    ]  # fmt: skip
    statuses = set()
    for path in paths:
        for client in (clerk, Client(raise_request_exception=False)):
            statuses.add(client.get(path, everywhere).status_code)
            statuses.add(client.post(path, everywhere).status_code)
    for question in ("residents", "bills", "cover", "token"):
        for asked in ({"name": NAME, "id_number": NUMBER}, {"q": NUMBER}):
            statuses.add(clerk.get(f"/api/v1/{question}", asked).status_code)
            statuses.add(clerk.post(f"/api/v1/{question}", asked, content_type="application/json").status_code)

    assert {200, 302, 404} <= statuses, "the requests reached the pages"
    assert log() and _leaks(log()) == set()


def test_failures_with_canaries_leave_none_in_the_log(log: Callable[[], str], db: None) -> None:
    person = person_named("刘玉珍")
    Resident.objects.filter(pk=person.pk).update(name=NAME)
    said = logging.getLogger("canbao.test")
    statements = [
        ("SELECT %s::int", [NAME]),
        ("SELECT %s::date", [PHONE]),
        ("SELECT %s::bigint[]", [f"{{{NAME}}}"]),
        ("UPDATE registry_resident SET sex = 'x' WHERE id = %s", [person.pk]),
        ("UPDATE registry_resident SET name = NULL WHERE id = %s", [person.pk]),
        ("UPDATE registry_resident SET name = repeat(%s, 500) WHERE id = %s", [NAME, person.pk]),
    ]
    failed = 0
    for statement, values in statements:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement, values)
        except Exception:
            failed += 1
            said.exception("the job failed")
    try:
        with transaction.atomic():
            Resident.objects.create(pk=person.pk, name=NAME, birth_on=person.birth_on, sex="male")
    except IntegrityError:
        failed += 1
        said.exception("a page failed")

    assert failed == len(statements) + 1 and "Traceback" in log()
    assert _leaks(log()) == set()


CODE = "3W5SFTX7B338FM1M63Y7"


def test_a_line_about_a_request_names_the_pattern_and_not_the_address(log: Callable[[], str], db: None) -> None:
    visitor = Client(raise_request_exception=False)
    for path in (f"/verify/{CODE}", f"/nothing/{CODE}", f"/nothing?q={CODE}", f"/applications/{CODE}"):
        assert visitor.get(path).status_code == 404
    assert visitor.post(f"/verify/{CODE}").status_code == 405

    assert CODE not in log()
    assert "Not Found: /verify/<str:code>" in log() and "Not Found: (no address of ours)" in log()
    assert "Method Not Allowed (POST): /verify/<str:code>" in log()


def test_the_server_process_says_nothing_of_what_it_is_asked(
    postgres: PrivateServer, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], db: None
) -> None:
    """Everything that the process writes, its web server's own lines too."""
    url = postgres.url(roles.APP, str(connection.settings_dict["NAME"]))
    for name, value in (("DATABASE_URL", url), ("DJANGO_SETTINGS_MODULE", "tests.settings")):
        monkeypatch.setenv(name, value)
    port, opener = web.free_port("127.0.0.1"), build_opener(ProxyHandler({}))
    statuses = []
    with web.web_server("127.0.0.1", port, workers=1, threads=1):
        for path in (
            f"/verify/{CODE}",
            f"/find?q={quote(NAME)}",
            f"/{quote(NAME)}/{PHONE}",
            f"/pay?id={NUMBER}",
            "/pay",
        ):
            form = f"name={quote(NAME)}&id_number={NUMBER}".encode() if path == "/pay" else None
            try:
                statuses.append(opener.open(f"http://127.0.0.1:{port}{path}", form, timeout=20).status)
            except HTTPError as refused:
                statuses.append(refused.code)
    said = "".join(capfd.readouterr())

    assert statuses == [404, 404, 404, 200, 403]
    assert "Not Found: /verify/<str:code>" in said and "Forbidden" in said, "the log was heard"
    assert _leaks(said) == set() and CODE not in said


def test_the_web_server_writes_no_addresses() -> None:
    """Granian writes a line for each request only when asked to; what people seek stands in some addresses."""
    import inspect

    assert "access-log" not in inspect.getsource(web)
    assert settings.LOGGING["root"]["level"] == "WARNING"
    assert {handler["formatter"] for handler in settings.LOGGING["handlers"].values()} == {"redacting"}


def test_the_worker_logs_as_the_pages_do() -> None:
    """It sets Django up and adds no handler of its own."""
    import inspect

    from canbao.cli import worker

    assert "logging" not in inspect.getsource(worker) and "django.setup()" in inspect.getsource(worker)
