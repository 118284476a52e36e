"""The leaflet says every figure of a policy in both languages; the difference says exactly what changed."""

from __future__ import annotations

import re

import pytest

from canbao.policy import Policy, policies
from canbao.policy.leaflet import difference, leaflet, numeral, sentences
from canbao.policy.leaflet_notice import NOTICE_SECTIONS
from canbao.policy.loading import with_values
from canbao.policy.readings import readings_used

IDS = policies.ids()
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def changed(wanted: str, **values: object) -> Policy:
    policy = policies.get(wanted)
    named = {path.replace("__", "."): value for path, value in values.items()}
    return Policy(with_values(policy.file, named), policy.digest)


@pytest.mark.parametrize("wanted", IDS)
def test_every_sentence_has_both_languages_and_says_where_it_comes_from(wanted: str) -> None:
    for said in sentences(policies.get(wanted)):
        assert CHINESE.search(said.zh), said
        # Menu entries, names of people and titles of lists are the same in both languages.
        assert said.en and (said.key[0] in NOTICE_SECTIONS or not CHINESE.search(said.en)), said
        # Readings show values as the file writes them.
        assert said.key[0] == "readings" or "{" not in said.zh + said.en
        assert "None" not in said.zh + said.en
        if said.key[0] not in ("documents", "readings") and said.key not in (("place", "area"), ("controls", "absent")):
            assert said.cited, said


@pytest.mark.parametrize("wanted", IDS)
def test_every_figure_of_the_policy_stands_in_the_leaflet(wanted: str) -> None:
    policy, text = policies.get(wanted), leaflet(policies.get(wanted))

    for part in policy.file.classes.values():
        assert f"{part.name.zh}：{part.standard_fen // 100}元" in text
        assert part.government is None or f"{part.government.fen // 100}元" in text
    for rule in policy.file.aid.rules.values():
        assert rule.name.zh in text and rule.name.en in text
    assert f"{policy.opens:%Y-%m-%d} to {policy.closes:%Y-%m-%d %H:%M:%S}" in text
    assert all(target.name.zh in text for target in policy.targets.values())
    assert all(document.title in text for document in policy.documents.values())


def test_words_of_a_leaflet() -> None:
    text = leaflet(policies.get("310000-2025"))

    assert "医疗救助资金承担个人120元以外的部分  〔继续帮扶困难人群 [SH-41] · A-69〕" in text
    assert "the medical assistance fund all but 120 yuan of the person's own" in text
    assert "Broken years count from 2025" in text
    assert "every enrollee: at least 670 yuan (standard of 2025)" in leaflet(policies.get("370700-2025"))
    assert "每位参保人：670元（2024年标准）" in leaflet(policies.get("370481-2025"))
    assert "缴费率98%" in leaflet(policies.get("370124-2025"))
    assert "成年居民：440元（上年420元）" in leaflet(policies.get("370124-2025"))


@pytest.mark.parametrize("wanted", IDS)
def test_only_the_readings_that_the_policy_uses_are_listed_with_their_switch(wanted: str) -> None:
    policy, text = policies.get(wanted), leaflet(policies.get(wanted))
    listed = set(re.findall(r"^  (A-\d\d|R-[A-Z]+-\d\d) ", text, re.MULTILINE))

    assert listed == set(readings_used(policy))
    for code in listed:
        for other in policy.readings[code].alternatives:
            assert all(f"{path}" in text for path in other.set)


def test_a_reading_of_the_layer_that_the_area_settles_itself_is_not_listed() -> None:
    assert "A-20" in policies.get("370481-2025").readings
    assert "A-20" not in readings_used(policies.get("370481-2025"))


@pytest.mark.parametrize("wanted", IDS)
def test_a_policy_differs_in_nothing_from_itself(wanted: str) -> None:
    assert difference(policies.get(wanted), policies.get(wanted)).endswith("没有变化。 Nothing changed.")


CHANGES = {
    "classes.resident.standard_fen": (42000, ["原 城乡居民：400元", "现 城乡居民：420元", "now: resident: 420 yuan"]),
    "window.closes": ("2025-01-31", ["2024-12-31 23:59:59", "2025-01-31 23:59:59"]),
    "aid.rules.age_60_69.pays": (
        {"city_finance": {"percent": 40}, "township_finance": {"percent": 10}},
        ["市财政50%", "市财政40%，镇街财政10%", "city finance 40 %, township finance 10 %"],
    ),
    "waiting.first_gap_year_adds.value": (True, ["原 首个断保年度不增加", "现 首个断保年度也增加"]),
    "waiting.repair.allowed": (False, ["现 不能补缴修复", "now: Broken years cannot be repaired"]),
    "government.fen": (70000, ["现 每位参保人：700元"]),
    "cover.late.counted": ("payment_month", ["缴费当月为等待期第1个月"]),
    "scope.insured_elsewhere.blocks": (False, ["现 同一年度已在外地参保的，仍可参保"]),
    "age.years": (0, ["Age counts on 2025-12-31"]),
}


@pytest.mark.parametrize("path", CHANGES)
def test_one_change_is_told_and_nothing_else(path: str) -> None:
    value, words = CHANGES[path]
    after = changed("370481-2025", **{path.replace(".", "__"): value})

    text = difference(policies.get("370481-2025"), after)

    assert all(word in text for word in words), text
    assert len(re.findall(r"^  (?:原|新增|取消) ", text, re.MULTILINE)) == 1


def test_rules_added_and_removed_are_told() -> None:
    text = difference(policies.get("370481-2025"), policies.get("370124-2025"))

    assert "  取消 60至69岁老年人，市财政承担50%：市财政50%" in text
    assert "    removed: aged 60 to 69, the city pays half: city finance 50 %" in text
    assert "  新增 少年儿童：390元（上年360元）" in text


def test_headings_count_without_a_gap() -> None:
    headings = re.findall(r"^([一二三四五六七八九十]+)、", leaflet(policies.get("370481-2025")), re.MULTILINE)

    assert headings == [numeral(number) for number in range(1, len(headings) + 1)]
    assert [numeral(number) for number in (1, 10, 11, 20, 21)] == ["一", "十", "十一", "二十", "二十一"]
