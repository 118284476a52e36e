"""Two neighbouring villages of Tengzhou, their clerks, and the people the tests speak of."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from datetime import date

import pytest

from canbao.areas.models import Area, AreaLevel, PoolingArea
from canbao.kernel import vault
from canbao.kernel.capabilities import Capability
from canbao.kernel.personal import id_check_digit
from canbao.kernel.scope import Scope
from canbao.registry import actions
from canbao.registry.actions import NewResident
from canbao.registry.models import Resident
from tests.town import books, clock

__all__ = ["books", "clock"]

VILLAGE = "370481001008"
NEIGHBOUR = "370481001009"


def number(birth_on: date, sequence: int = 998, county: str = "370481") -> str:
    first_17 = f"{county}{birth_on:%Y%m%d}{sequence:03}"
    return first_17 + id_check_digit(first_17)


def number_of(person: Resident) -> str:
    assert person.id_number is not None
    return person.id_number.unmasked


def scope(*prefixes: str) -> Scope:
    return Scope(actor_id=1, actor_name="郭会计", prefixes=prefixes, capabilities=frozenset(Capability))


@pytest.fixture
def tengzhou(db: None) -> None:
    line = [("370000", "山东省"), ("370400", "枣庄市"), ("370481", "滕州市"), ("370481001", "荆河街道")]
    above = None
    for (code, name), level in zip(line, AreaLevel, strict=False):
        Area.objects.create(
            code=code, name=name, level=level, parent_id=above, prefix=code.rstrip("0") if len(code) == 6 else code
        )
        above = code
    for code, name in ((VILLAGE, "安居社区"), (NEIGHBOUR, "通盛社区")):
        Area.objects.create(code=code, name=name, level=AreaLevel.VILLAGE, parent_id=above, prefix=code)
    PoolingArea.objects.create(code="370400", name="枣庄市")


@pytest.fixture
def zhang_guilan(tengzhou: None) -> Resident:
    born = date(1956, 3, 8)
    person = NewResident(name="张桂兰", birth_on=born, sex="female", village_code=VILLAGE, id_number=number(born, 998))
    return actions.register_resident(actor=scope(VILLAGE), person=person)


@pytest.fixture
def shan_xiongfei(tengzhou: None) -> Resident:
    born = date(1984, 2, 11)
    person = NewResident(name="单雄飞", birth_on=born, sex="male", village_code=VILLAGE, id_number=number(born, 999))
    return actions.register_resident(actor=scope(VILLAGE), person=person)


def key(name: str) -> str:
    return base64.b64encode(hashlib.sha256(name.encode()).digest()).decode()


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Start again with other keys."""
    first = vault.ring()

    def use(written: str) -> None:
        monkeypatch.setenv(vault.ENVIRONMENT, written)
        vault.ring.cache_clear()

    yield use
    monkeypatch.undo()
    vault.ring.cache_clear()
    assert vault.ring().active_id == first.active_id
