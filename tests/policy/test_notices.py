"""The five notices stand in the policy files: every row, in the notice's own words, and nothing else."""

from __future__ import annotations

import json
import re
import shutil
from datetime import date, datetime
from pathlib import Path
from typing import get_args

import pytest
import yaml

from canbao.policy import Policy, policies
from canbao.policy.leaflet import difference, leaflet, sentences
from canbao.policy.leaflet_notice import ACTORS, KINDS, NOTICE_SECTIONS
from canbao.policy.loading import NOTICE_ENDING, load, notice_beside
from canbao.policy.notice import SECTIONS, Actor, Notice
from canbao.policy.refusals import PolicyFaults
from tests.house.clauses_page import PLANNED, ROWS, carriers, rows

NOTICES = Path(__file__).parent / "notices"
NOISE = ("8666110", "8196022", "周晓晴", "张益阁", "王路欣", "蒲公英", "停水", "充电")
WIDE = str.maketrans({",": "，", ":": "：", ";": "；", "(": "（", ")": "）"})
SPOKEN_TABLES = {"SH-07", "SH-08", "SH-09", "SH-10", "SH-11"}
"""Rows of the table of standards, quoted with the headings of their columns between the figures."""


def notice_of(area: str) -> Notice:
    return policies.get(f"{area}-2025").notice


def bare(text: str) -> str:
    """Without white space and table rules, with wide punctuation."""
    return re.sub(r"<br>|[\s|]", "", text).translate(WIDE)


def pieces_of(row: str, text: str) -> list[str]:
    """What must stand in the notice without a gap."""
    if row not in SPOKEN_TABLES:
        return text.split("……")
    label, _, told = text.partition("：")
    headings = "".join(re.findall(r"(\D+)[0-9]+[，（]", told)).replace("，", "")
    return [label + "".join(re.findall("[0-9]+", told)), headings]


def every_text(policy: Policy) -> str:
    return json.dumps(policy.file.model_dump(mode="json"), ensure_ascii=False)


@pytest.mark.parametrize("wanted", ROWS)
def test_every_row_of_a_notice_stands_in_its_policy_and_no_other_row(wanted: str) -> None:
    prefix, count = ROWS[wanted]
    found = {row for row in policies.get(wanted).clauses if row.startswith(prefix + "-")}

    assert found == {f"{prefix}-{number:02d}" for number in range(1, count + 1)}


def test_clauses_of_both_files_stand_in_the_order_of_the_notice() -> None:
    found = [row for row in policies.get("370481-2025").clauses if row.startswith("TZ-")]

    assert found == [row for wanted, row in rows() if wanted == "370481-2025"]


def test_there_are_403_rows() -> None:
    assert len(rows()) == len(set(rows())) == 403


@pytest.mark.parametrize("wanted", ROWS)
def test_every_row_is_carried_by_a_policy_key_and_waits_for_no_part_outside_the_list(wanted: str) -> None:
    carried = carriers(policies.get(wanted))
    missing = [row for place, row in rows() if place == wanted and row not in carried]
    planned = {part for keys in carried.values() for part in keys.values() if part is not None}

    assert missing == []
    assert planned <= set(PLANNED)


@pytest.mark.parametrize("wanted", ROWS)
def test_every_quotation_is_in_the_notice_word_for_word(wanted: str) -> None:
    policy = policies.get(wanted)
    notice = bare((NOTICES / f"{policy.area}.txt").read_text(encoding="utf-8"))
    prefix = ROWS[wanted][0]
    own = {row: clause.text for row, clause in policy.clauses.items() if row.startswith(prefix) and not clause.silent}
    wrong = [row for row, text in own.items() if not all(bare(piece) in notice for piece in pieces_of(row, text))]

    assert wrong == []


@pytest.mark.parametrize("wanted", ROWS)
def test_a_silent_row_says_that_contacts_are_missing_and_there_are_none(wanted: str) -> None:
    policy = policies.get(wanted)
    silent = [row for row, clause in policy.clauses.items() if clause.silent]

    assert silent == {"370700-2025": ["WF-55"], "140600-2025": ["SZ-49"]}.get(wanted, [])
    assert ("contacts" in policy.notice.not_configured) == bool(silent)


@pytest.mark.parametrize("wanted", ROWS)
def test_no_noise_of_a_newspaper_page_is_in_a_policy(wanted: str) -> None:
    text = every_text(policies.get(wanted))

    assert [word for word in NOISE if word in text] == []


def test_tengzhou_is_supervised_in_10_groups_of_21_units_by_their_full_names() -> None:
    notice = notice_of("370481")
    groups = list(notice.supervision.values())
    units = [unit for group in groups for unit in group.units]

    assert [len(group.units) for group in groups] == [3] + [2] * 9
    assert len(set(units)) == len(units) == 21
    assert groups[0].units == ["龙泉街道", "善南街道", "南沙河镇"]
    assert groups[1].units == ["东沙河街道", "东郭镇"]
    assert sum(unit.endswith("镇") for unit in units) == 16
    assert {contact.name.zh for contact in notice.contacts.values()} == set(units)


def test_each_town_of_tengzhou_has_two_contacts_and_phones_may_repeat() -> None:
    contacts = {contact.name.zh: contact.people for contact in notice_of("370481").contacts.values()}

    assert len(contacts) == 21
    assert all([person.actor for person in people] == ["medical_insurance", "tax"] for people in contacts.values())
    assert contacts["东郭镇"][1].phone == contacts["龙阳镇"][1].phone == "2523111"
    shared = [town for town, people in contacts.items() if people[0].phone == people[1].phone]
    assert shared == ["滨湖镇", "柴胡店镇", "大坞镇", "官桥镇", "南沙河镇"]
    assert contacts["鲍沟镇"][0].name == "时晓慧"


def test_tengzhou_pays_aid_in_five_steps_and_its_codes_are_awaited() -> None:
    notice = notice_of("370481")
    states = ["confirmed", "delivered", "funded", "remitted", "flagged"]

    assert {key: [step.state for step in flow.steps] for key, flow in notice.funding.items()} == {
        "assistance": states,
        "on_behalf": states,
    }
    assert notice.funding["assistance"].steps[2].account == "城乡医疗救助基金支出户"
    assert notice.tasks["deliver_assistance"].document == "《政府资助人员名单》"
    assert sum(channel.asset == "awaited" for channel in notice.channels.values()) == 4
    assert notice.lists["civil_affairs_assistance"].categories == []
    assert notice.tasks["publish_payers"].least_days is None


def test_shanghai_counters_and_apps_are_of_different_banks() -> None:
    channels = notice_of("310000").channels
    counters, apps = set(channels["bank_counter"].providers), set(channels["bank_app"].providers)

    assert (len(counters), len(apps)) == (7, 4)
    assert apps - counters == {"上海银行"}
    assert counters - apps == {"浦发银行", "建设银行", "平安银行", "民生银行"}
    assert [len(channels[key].paths) for key in ("alipay", "wechat", "city_app")] == [2, 2, 2]


def test_shanghai_mutual_aid_has_four_groups_each_with_its_own_days() -> None:
    aid = notice_of("310000").mutual_aid
    assert aid is not None

    assert {
        key: (group.confirm_before, group.deducted_from, group.result_after) for key, group in aid.groups.items()
    } == {
        "renewal": (datetime(2024, 12, 1, 17), date(2024, 12, 2), date(2024, 12, 5)),
        "rural": (datetime(2024, 12, 6, 17), date(2024, 12, 7), date(2024, 12, 10)),
        "school": (datetime(2024, 12, 20, 17), date(2024, 12, 21), date(2024, 12, 28)),
        "individual": (datetime(2024, 12, 25, 17), None, None),
    }
    assert aid.groups["individual"].deducted_at_approval
    assert "历年" in aid.balance.name.zh
    assert len(aid.relations) == 6
    assert [policy.id for policy in map(policies.get, ROWS) if policy.notice.mutual_aid] == ["310000-2025"]


def test_the_benefit_table_of_shanghai() -> None:
    benefits = notice_of("310000").benefits

    assert {key: row.outpatient_deductible_fen for key, row in benefits.items()} == {
        "age_70_plus": 30000,
        "age_60_69": 30000,
        "age_19_59": 50000,
        "child_pupil": 30000,
        "university": 30000,
    }
    assert benefits["age_70_plus"].inpatient_percent == [90, 80, 70]
    assert benefits["age_60_69"].inpatient_percent == benefits["university"].inpatient_percent == [80, 75, 60]
    assert benefits["age_60_69"].reading == ["A-76", "A-77"]
    assert benefits["university"].clinic is not None
    assert benefits["university"].clinic.zh == "校内医务部门"


def test_weifang_gives_changes_to_benefits_and_no_table() -> None:
    notice = notice_of("370700")

    assert notice.benefits["student_child"].as_class == "adult_high"
    assert len(notice.benefits["college_off_site"].off_site) == 3
    assert all(row.inpatient_percent == [] for row in notice.benefits.values())
    assert notice.incentives["inpatient_points"].points == 1
    assert (notice.incentives["deemed_years"].years, notice.incentives["deemed_years"].deemed_months) == (5, 12)
    assert notice.channels["terminal"].mode == "device"
    assert len(notice.channels["alipay"].paths) == 2


def test_delays_until_payment() -> None:
    def delays(area: str) -> set[tuple[int, int]]:
        routes = notice_of(area).routes.values()
        return {(route.payable_after.least, route.payable_after.most) for route in routes if route.payable_after}

    assert delays("140600") == {(1, 2)}
    assert delays("310000") == {(5, 5)}
    assert delays("370700") == delays("370124") == delays("370481") == set()


def test_who_needs_no_registration() -> None:
    free = {
        policy.id: [key for key, route in policy.notice.routes.items() if route.mode == "none" and not route.elsewhere]
        for policy in map(policies.get, ROWS)
    }

    assert free == {
        "140600-2025": ["known"],
        "310000-2025": ["renewal"],
        "370124-2025": ["known"],
        "370481-2025": [],
        "370700-2025": [],
    }
    assert len(notice_of("310000").routes["renewal"].any_of) == 8


def test_who_is_sent_to_enrol_elsewhere() -> None:
    sent = {
        policy.id: {key: route.elsewhere for key, route in policy.notice.routes.items() if route.elsewhere}
        for policy in map(policies.get, ROWS)
    }

    assert {policy: routes for policy, routes in sent.items() if routes} == {
        "140600-2025": {"college_elsewhere": "in_principle"},
        "370700-2025": {"college_elsewhere": "must"},
    }


def test_the_calendar_of_pingyin_runs_by_its_days() -> None:
    notice = notice_of("370124")
    days = [(f"{day:%m-%d}", key) for day, key, _ in notice.calendar]

    assert days[:4] == [
        ("10-18", "first_lists"),
        ("10-25", "students_registered"),
        ("10-31", "registration_complete"),
        ("12-15", "publish_payers"),
    ]
    assert days[-1] == ("12-31", "payment_complete")
    assert notice.tasks["publish_payers"].least_days == 5
    assert notice.tasks["first_lists"].address == "pyylbzjwsb@jn.shandong.cn"
    assert len(notice.lists["veterans"].includes) == 7
    assert [contact.people[0].phone for contact in notice.contacts.values()] == ["87666635", "87890730"]
    assert list(notice.tasks_of("health")) == ["cooperate"]


def test_only_shuozhou_says_how_often_accounts_are_compared() -> None:
    often = {
        policy.id: task.least_a_month
        for policy in map(policies.get, ROWS)
        for task in policy.notice.tasks.values()
        if task.least_a_month
    }

    assert often == {"140600-2025": 2}
    assert [item.choose for item in notice_of("140600").channels["wechat"].items] == ["2025年", "特殊人群"]


def test_what_a_notice_does_not_give_stays_empty() -> None:
    assert notice_of("370481").not_configured == ["mutual_aid", "certificate", "incentives", "benefits", "answers"]
    assert "benefits" in notice_of("370124").not_configured
    assert "lists" in notice_of("310000").not_configured
    assert Notice().not_configured == list(Notice.model_fields)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(policies.folder, tmp_path / "policies"))


def test_the_digest_that_bills_pin_does_not_change_with_the_notice_file(folder: Path) -> None:
    path = folder / "370481" / "2025.yaml"
    pinned = load(path)[1]
    beside = notice_beside(path)
    beside.write_text(beside.read_text(encoding="utf-8").replace("2691900", "2691901"), encoding="utf-8")

    changed, digest = load(path)
    beside.unlink()
    without, _ = load(path)

    assert digest == pinned
    assert changed.notice.contacts["baogou"].people[0].phone == "2691901"
    assert without.notice == Notice()


def test_the_digest_changes_with_the_order_in_which_rules_are_tried(folder: Path) -> None:
    """Among aid rules that pay the same the first wins, so their order is part of the policy."""
    path = folder / "370481" / "2025.yaml"
    pinned = load(path)[1]
    data = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
    rules = data["aid"]["rules"]
    data["aid"]["rules"] = dict(reversed(rules.items()))
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")

    assert list(data["aid"]["rules"]) != list(rules)
    assert load(path)[1] != pinned


MISTAKES = {
    "unknown clause": ("source: TZ-40}", "source: TZ-400}", "clauses has no TZ-400"),
    "unknown key": ("shape: counter", "shapes: counter", "is not a key"),
    "unknown category": (
        "categories: [severe_disability]",
        "categories: [disabled]",
        "category disabled is not listed",
    ),
    "a clause of the policy file": ("  TZ-04: {", "  TZ-05: {", "TZ-05 stands in the policy file"),
    "a day that no calendar of a bureau has": ("due: 2024-11-30", "due: 9024-11-30", "not greater than 2200-12-31"),
    "a telephone with signs": ('phone: "', 'phone: "(0632) ', "digits only"),
    "a figure of the policy file": ("\nclauses:\n", "\nwindow: {}\nclauses:\n", "window is not a key"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_a_notice_file_is_found_in_that_file(mistake: str, folder: Path) -> None:
    old, new, what = MISTAKES[mistake]
    beside = folder / "370481" / f"2025{NOTICE_ENDING}"
    text = beside.read_text(encoding="utf-8")
    assert old in text
    beside.write_text(text.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(PolicyFaults) as caught:
        load(folder / "370481" / "2025.yaml")

    assert any(what in fault.what and fault.file == str(beside) and fault.line > 1 for fault in caught.value.faults)


@pytest.mark.parametrize("wanted", ROWS)
def test_the_leaflet_tells_every_clause_of_the_notice_file_and_what_is_not_configured(wanted: str) -> None:
    policy = policies.get(wanted)
    said = [each for each in sentences(policy) if each.key[0] in NOTICE_SECTIONS]
    told = "\n".join(each.cited for each in said)
    untold = [
        row
        for row, keys in carriers(policy).items()
        if all(key.startswith("notice") for key in keys) and not re.search(rf"\b{row}\b", told)
    ]

    assert len({each.key for each in said}) == len(said)
    # Two steps of one menu, and the conditions of a route, stand in the words of their route.
    assert set(untold) <= {"SH-17", "SH-18", "SH-19", "SH-20", "SH-21", "SH-22", "SH-23", "SH-24", "SZ-31"} | STEPS
    assert said[-1].key == ("controls", "absent")
    assert all(KINDS[name][0] in said[-1].zh for name in policy.notice.not_configured)


STEPS = {f"TZ-{number}" for number in range(46, 54)}


def test_every_actor_and_every_section_has_a_name() -> None:
    assert set(ACTORS) == set(get_args(Actor))
    assert set(KINDS) == set(SECTIONS)


def test_words_of_a_notice_in_the_leaflet() -> None:
    def text(area: str) -> str:
        return leaflet(policies.get(f"{area}-2025"))

    assert "鲍沟镇 医保 时晓慧 2691900 税务 徐键 2690039  〔附件2 [TZ-101]〕" in text("370481")
    assert "鞠峰带队，医保李兵、税务黄艳：龙泉街道、善南街道、南沙河镇" in text("370481")
    assert "renewals: confirm before 2024-12-01 17:00, strictly; deducted in batches from 2024-12-02" in text("310000")
    assert "1-2个工作日后可缴费" in text("140600")
    assert "times a month at least: 2" in text("140600")
    assert "2024-12-15起，镇街、税务：" in text("370124")
    assert "学生、儿童享受成年居民高档的报销待遇，按成年居民高档报销" in text("370700")
    assert "Not stated in the notice: " in text("370700")


def test_a_change_of_a_notice_file_is_told_by_diff(folder: Path) -> None:
    path = folder / "370481" / "2025.yaml"
    beside = notice_beside(path)
    beside.write_text(beside.read_text(encoding="utf-8").replace("2691900", "2691901"), encoding="utf-8")

    text = difference(policies.get("370481-2025"), policies.get(str(path)))

    assert "现 鲍沟镇 医保 时晓慧 2691901 税务 徐键 2690039" in text
    assert text.count("  现 ") == 1


def test_a_draft_without_a_notice_file_shows_its_change_first_and_the_rest_in_one_sentence(folder: Path) -> None:
    path = folder / "370481" / "2025.yaml"
    notice_beside(path).unlink()
    path.write_text(path.read_text(encoding="utf-8").replace("standard_fen: 40000", "standard_fen: 41000"), "utf-8")
    whole, draft = policies.get("370481-2025"), policies.get(str(path))

    text, back = difference(whole, draft), difference(draft, whole)

    assert text.splitlines()[4:8] == [
        "个人缴多少 · What a person pays",
        "",
        "  原 城乡居民：400元",
        "  现 城乡居民：410元",
    ]
    assert len(text.splitlines()) == 15 and text.count("取消") == 0
    assert "后者旁边没有通知文件" in text and "联系方式21条" in text and "Contacts 21" in text
    assert "前者旁边没有通知文件" in back and "  现 城乡居民：400元" in back and back.count("新增") == 0


def test_a_section_that_the_notice_file_no_longer_has_is_told_in_one_sentence(folder: Path) -> None:
    path = folder / "370481" / "2025.yaml"
    beside = notice_beside(path)
    lines = beside.read_text(encoding="utf-8").splitlines()
    start = lines.index("  contacts:")
    later = (number for number in range(start + 1, len(lines)) if re.match("  [a-z]", lines[number]))
    end = next(later, len(lines))
    beside.write_text("\n".join(lines[:start] + lines[end:]), encoding="utf-8")

    text = difference(policies.get("370481-2025"), policies.get(str(path)))

    told = ["联系方式 · Contacts", "", "  取消 整节，共21条", "    removed: the whole section, 21 in all"]
    assert text.splitlines()[4:8] == told


def test_a_notice_stands_in_one_file_only(folder: Path) -> None:
    path = folder / "370481" / "2025.yaml"
    fact = "notice: {facts: {aim: {name: {zh: 应保尽保, en: everyone}, kind: context, source: TZ-03}}}\n"
    path.write_text(path.read_text(encoding="utf-8") + fact, encoding="utf-8")

    with pytest.raises(PolicyFaults, match="notice stands in the policy file too") as caught:
        load(path)

    beside = notice_beside(path)
    (line,) = [number for number, text in enumerate(beside.read_text("utf-8").splitlines(), 1) if text == "notice:"]
    assert [(fault.file, fault.line) for fault in caught.value.faults] == [(str(beside), line)]
