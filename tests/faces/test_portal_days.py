"""The day that a resident chooses, and what follows from a grade, a transfer or the last hour of a window."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest
from django.test import Client

from tests.faces.test_portal import text_of

pytestmark = pytest.mark.django_db


def answered(client: Client, replies: str) -> str:
    return text_of(client.post("/pay-what", parse_qs(replies)).content.decode().split('id="answer"')[1])


LATE_NEWBORN = "policy=140600-2025&born_y=2025&born_m=1&born_d=10&when=day&day="
ALLEVIATED = "policy=370124-2025&born_y=1980&born_m=5&born_d=8&categories=poverty_alleviated&when=day&day="
AIDED = "policy=370481-2025&born_y=1980&born_m=5&born_d=8&categories=extreme_poverty&when=day&day="
SHANGHAI = "policy=310000-2025&born_y=1980&born_m=5&born_d=8&when=day&day="


def test_a_newborn_of_shuozhou_is_free_to_the_ninetieth_day_and_late_after_it(client: Client) -> None:
    in_time, late = answered(client, f"{LATE_NEWBORN}2025-04-10"), answered(client, f"{LATE_NEWBORN}2025-04-11")

    assert "个人要缴 0 元" in in_time and "不用等待" in in_time
    assert "个人要缴 400 元" in late and "先等 3 个月" in late and "2025年7月11日起" in late


def test_the_alleviated_of_pingyin_pay_themselves_when_late(client: Client) -> None:
    assert "个人要缴 0 元" in answered(client, f"{ALLEVIATED}2024-11-20")
    assert "个人要缴 440 元" in answered(client, f"{ALLEVIATED}2025-03-10")


def test_an_aided_person_of_tengzhou_waits_when_late(client: Client) -> None:
    late = answered(client, f"{AIDED}2025-03-10")

    assert "个人要缴 0 元" in late and "先等 3 个月" in late and "2025年6月10日起" in late


@pytest.mark.parametrize("grade", ["1", "2"])
def test_grades_one_and_two_are_severe(client: Client, grade: str) -> None:
    replies = f"policy=370481-2025&born_y=1980&born_m=5&born_d=8&disability_grade={grade}"
    assert "个人要缴 0 元" in answered(client, replies)
    assert "一、二级按重度残疾人计算" in client.post("/pay-what", parse_qs(replies)).content.decode()


@pytest.mark.parametrize("grade", ["3", "4", "none"])
def test_other_grades_are_not(client: Client, grade: str) -> None:
    replies = f"policy=370481-2025&born_y=1980&born_m=5&born_d=8&disability_grade={grade}"
    assert "个人要缴 400 元" in answered(client, replies)


def test_the_last_day_of_shanghai_has_two_halves(client: Client) -> None:
    before, after = (answered(client, f"{SHANGHAI}2024-12-25&hour={hour}") for hour in ("before", "after"))

    assert "2025年1月1日起" in before and "不用等待" in before
    assert "先等 3 个月" in after
    assert "17:30之前" in client.get("/pay-what?policy=310000-2025").content.decode()
    assert "17:30之前" not in client.get("/pay-what?policy=370481-2025").content.decode()


def test_who_registers_in_the_last_days_of_shanghai_is_warned(client: Client) -> None:
    early, risky = (answered(client, f"{SHANGHAI}2024-12-{day}") for day in ("10", "20"))

    assert "12月17日" not in early
    assert "12月17日" in risky


TRANSFER = "policy=370481-2025&born_y=1980&born_m=5&born_d=8&when=day&day=2025-03-10&last_cover_end=2025-01-31"


def test_a_transfer_is_asked_for_the_years_before_it(client: Client) -> None:
    unsaid, said = answered(client, TRANSFER), answered(client, f"{TRANSFER}&covered_before=yes")

    assert "先等 3 个月" in unsaid and "这里按此前没有连续参保满 2 年计算" in unsaid
    assert "不用等待" in said and "2025年3月10日起" in said and "这里按此前" not in said


def test_a_day_before_the_birth_is_told(client: Client) -> None:
    assert "那时还没有出生" in answered(client, f"{LATE_NEWBORN}2025-01-09")


def test_a_floor_is_called_a_floor(client: Client) -> None:
    weifang = "policy=370700-2025&born_y=1980&born_m=5&born_d=8&tier=low"

    assert "补助 不低于 670 元" in answered(client, weifang)
    assert "不低于" not in answered(client, "policy=370481-2025&born_y=1980&born_m=5&born_d=8").split("为什么")[0]


def test_the_tab_is_named_after_the_place_that_is_chosen(client: Client) -> None:
    swapped = {"HX-Request": "true", "HX-Target": "pay-what"}

    html = client.post("/pay-what", {"policy": "310000-2025"}, headers=swapped).content.decode()

    assert "<title>上海市：我要缴多少" in html and "<html" not in html
    assert client.get("/pay-what?policy=310000-2025").content.decode().count("<title>") == 1


def test_questions_for_few_people_stay_closed_until_one_is_answered(client: Client) -> None:
    asked = "policy=370481-2025&born_y=1980&born_m=5&born_d=8&covered_before=none"

    assert '<details class="more">' in client.post("/pay-what", parse_qs(asked)).content.decode()
    used = client.post("/pay-what", parse_qs(f"{asked}&disability_grade=2")).content.decode()
    assert '<details class="more" open>' in used
