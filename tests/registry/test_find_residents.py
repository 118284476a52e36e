"""Finding somebody: by name, number and pinyin, inside the scope and nowhere else."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection

from canbao.kernel.binding import bound
from canbao.registry import queries, seals
from canbao.registry.actions import NewResident, register_resident
from canbao.registry.models import Resident
from canbao.registry.pinyin import name_reading
from canbao.registry.refusals import ResidentNotFound

from .conftest import NEIGHBOUR, VILLAGE, number_of, scope


@pytest.mark.parametrize("text", ["张桂兰", "张", "桂兰", " 张 桂 兰 ", "zhangguilan", "Zhang Gui", "zgl", "ZGL"])
def test_zhang_guilan_is_found_by_name_pinyin_and_initials(
    zhang_guilan: Resident, shan_xiongfei: Resident, text: str
) -> None:
    assert [card.name for card in queries.find_residents(scope("370481"), text)] == ["张桂兰"]


@pytest.mark.parametrize(
    "text", ["张桂兰，", "《张桂兰》", "张\u200b桂兰", "\ufeff张桂兰\u00a0·", "zhang-gui-lan.", "、zgl；"]
)
def test_what_comes_along_with_a_pasted_name_does_not_hide_anybody(zhang_guilan: Resident, text: str) -> None:
    assert [card.name for card in queries.find_residents(scope("370481"), text)] == ["张桂兰"]


@pytest.mark.parametrize("text", ["shan", "sxf", "shanxiongfei"])
def test_a_surname_is_read_as_a_surname(shan_xiongfei: Resident, text: str) -> None:
    assert [card.name for card in queries.find_residents(scope("370481"), text)] == ["单雄飞"]
    assert queries.find_residents(scope("370481"), "danxiongfei") == []


def test_surnames_with_a_reading_of_their_own() -> None:
    readings = {name: name_reading(name)[0] for name in ("仇英", "解放", "区海", "朴勇", "盖丽", "查理", "欧阳修")}

    assert list(readings.values()) == ["qiuying", "xiefang", "ouhai", "piaoyong", "geli", "zhali", "ouyangxiu"]


def test_a_number_finds_whole_and_by_its_last_digits(zhang_guilan: Resident, shan_xiongfei: Resident) -> None:
    whole = number_of(zhang_guilan)
    everywhere = scope("370481")

    for text in (whole, whole.lower(), whole[-4:], whole[-6:], f"张 {whole[-4:]}", f"zgl{whole[-4:]}"):
        assert [card.resident_id for card in queries.find_residents(everywhere, text)] == [zhang_guilan.pk], text
    assert queries.find_residents(everywhere, f"单 {whole[-4:]}") == []
    assert queries.find_residents(everywhere, whole[:17] + ("0" if whole[17] != "0" else "1")) == []


@pytest.mark.parametrize("text", ["", "   ", "12", "%", "_", "《》", "\u200b"])
def test_a_text_that_says_too_little_finds_nobody(zhang_guilan: Resident, text: str) -> None:
    assert queries.find_residents(scope("370481"), text) == []


def test_a_card_shows_no_whole_number(zhang_guilan: Resident) -> None:
    (card,) = queries.find_residents(scope("370481"), "张桂兰")

    assert str(card.id_number) == "3704**********" + number_of(zhang_guilan)[-4:]
    assert number_of(zhang_guilan) not in repr(card)
    assert card.village_name == "安居社区"


def test_a_clerk_of_another_village_cannot_find_zhang_guilan(zhang_guilan: Resident) -> None:
    texts = ("张桂兰", "zgl", number_of(zhang_guilan), number_of(zhang_guilan)[-4:])

    for text in texts:
        assert len(queries.find_residents(scope(VILLAGE), text)) == 1, text
        assert queries.find_residents(scope(NEIGHBOUR), text) == [], text
        assert queries.find_residents(scope(), text) == [], text
    assert queries.resident(scope(VILLAGE), zhang_guilan.pk) == zhang_guilan
    with pytest.raises(ResidentNotFound):
        queries.resident(scope(NEIGHBOUR), zhang_guilan.pk)


def test_the_limit_holds_and_better_matches_come_first(zhang_guilan: Resident, shan_xiongfei: Resident) -> None:
    Resident.objects.filter(pk=shan_xiongfei.pk).update(name="张桂兰英", pinyin="zhangguilanying", initials="zgly")

    assert [card.name for card in queries.find_residents(scope("370481"), "张桂兰")] == ["张桂兰", "张桂兰英"]
    assert [card.name for card in queries.find_residents(scope("370481"), "zgl", limit=1)] == ["张桂兰"]


def test_a_name_may_be_narrowed_by_the_year_of_birth(zhang_guilan: Resident) -> None:
    year = zhang_guilan.birth_on.year
    for text in (f"张桂兰 {year}", f"桂兰 {year}", f"zhang {year}"):
        assert [card.resident_id for card in queries.find_residents(scope("370481"), text)] == [zhang_guilan.pk]
        assert queries.find_residents(scope("370481"), text.replace(str(year), str(year + 1))) == []


def test_characters_inside_a_name_are_found_where_the_connection_is_bound_and_nowhere_else(
    zhang_guilan: Resident,
) -> None:
    assert [card.resident_id for card in queries.find_residents(scope("370481"), "桂兰")] == [zhang_guilan.pk]
    with connection.cursor() as cursor, bound(scope("140600")):
        cursor.execute("SELECT count(*) FROM registry_named('桂兰', '{\"\"}', NULL)")
        assert cursor.fetchone()[0] == 0
    with connection.cursor() as cursor, bound(scope("370481")):
        cursor.execute("SELECT count(*) FROM registry_named('桂兰', '{\"\"}', NULL)")
        assert cursor.fetchone()[0] == 1


def test_the_next_page_leaves_out_whom_the_first_has_shown_and_the_count_ends_at_its_limit(
    zhang_guilan: Resident,
) -> None:
    for name in ("张三", "张四", "小张", "张三丰", "李四"):
        person = NewResident(name=name, birth_on=date(1980, 3, 1), sex="male", village_code=VILLAGE)
        register_resident(actor=scope(VILLAGE), person=person)
    everywhere = scope("370481")
    everybody = {card.resident_id for card in queries.find_residents(everywhere, "张", 1000)}
    shown: list[int] = []
    while page := queries.find_residents(everywhere, "张", 2, but_not=shown):
        shown += [card.resident_id for card in page]

    assert len(shown) == len(set(shown)) and set(shown) == everybody
    assert queries.count_residents(everywhere, "张", 1000) == len(everybody) == 5
    assert queries.count_residents(everywhere, "张", 1) == 1
    assert queries.count_residents(everywhere, "无此人", 5) == 0


def test_ends_of_numbers_are_found_with_any_reading_of_a_name_and_only_where_the_connection_is_bound(
    zhang_guilan: Resident, shan_xiongfei: Resident
) -> None:
    tail = number_of(zhang_guilan)[-4:]
    for text in (f"张 {tail}", f"桂兰{tail}", f"zhangg {tail}", f"ZGL {tail}", f"桂兰 {number_of(zhang_guilan)[-6:]}"):
        assert [card.resident_id for card in queries.find_residents(scope("370481"), text)] == [zhang_guilan.pk], text
    for text in (f"雄飞 {tail}", f"guilan {tail}", f"张桂兰 {tail[1:]}"):
        assert queries.find_residents(scope("370481"), text) == [], text
    index = seals.tail_index(tail, VILLAGE).hex()
    with connection.cursor() as cursor, bound(scope("140600")):
        cursor.execute("SELECT count(*) FROM registry_tailed(%s, '', '{370400}', '{\"\"}', 9)", [index])
        assert cursor.fetchone()[0] == 0
    with connection.cursor() as cursor, bound(scope("370481")):
        cursor.execute("SELECT count(*) FROM registry_tailed(%s, '', '{370400}', '{\"\"}', 9)", [index])
        assert cursor.fetchone()[0] == 1
