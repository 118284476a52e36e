"""The page of a household as clerks and village cadres see it; categories and merges on the record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.test import Client
from django.urls import reverse

from canbao.registry.models import Household, Resident, ResidentCategory
from canbao.staff.models import Access, Approval
from tests.faces.conftest import person_named

DAY = "2024-11-01"


def family() -> tuple[Household, Resident, Resident]:
    """A household of 刘玉珍's village with its head and a member who is not."""
    village = person_named("刘玉珍").village_code
    member = Resident.objects.filter(village_code=village, kinship="spouse", died_on=None).order_by("pk")[0]
    household = member.household
    assert household is not None
    return household, Resident.objects.get(household=household, kinship="head"), member


def send(client: Client, page: str, of: Any, **fields: object) -> tuple[int, str]:
    answer = client.post(reverse(f"console:{page}", args=[of.pk]), fields)
    return answer.status_code, answer.content.decode()


def page_of(client: Client, household: Household) -> str:
    answer = client.get(reverse("console:household", args=[household.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_is_reached_from_a_person_and_shows_no_number_that_is_not_asked_for(clerk: Client) -> None:
    household, head, member = family()
    address = reverse("console:household", args=[household.pk])
    for page in ("console:person", "console:record"):
        assert address in clerk.get(reverse(page, args=[member.pk])).content.decode()
    html = page_of(clerk, household)
    assert head.id_number and str(head.id_number) in html and head.id_number.unmasked not in html
    asked = {"kind": "number", "purpose": "compare_document", "screen": "household"}
    shown = clerk.post(reverse("console:reveal", args=[head.pk]), asked, headers={"HX-Request": "true"})
    assert head.id_number.unmasked in shown.content.decode()
    row = Access.objects.get()
    assert (row.screen, row.resident_id, row.purpose) == ("household", head.pk, "compare_document")


def test_head_and_kinship_are_changed_and_refusals_are_said(clerk: Client) -> None:
    household, head, member = family()

    assert send(clerk, "household-kinship", household, resident=member.pk, kinship="parent")[0] == 302
    status, html = send(clerk, "household-kinship", household, resident=head.pk, kinship="child")
    assert status == 422 and "此人是户主" in html
    status, html = send(
        clerk, "household-out", household, resident=head.pk, village=household.village_code, from_on=DAY
    )
    assert status == 422 and "请先为原户确定新户主" in html
    assert send(clerk, "household-head", household, resident=member.pk)[0] == 302
    member.refresh_from_db()
    assert member.kinship == "head" and f"{member.name}</span>户" in page_of(clerk, household)
    assert send(clerk, "household-head", household, resident=10**9)[0] == 404


def test_somebody_moves_out_and_in_again(clerk: Client) -> None:
    household, _, member = family()
    number = member.id_number
    assert number is not None
    out = {"resident": member.pk, "village": household.village_code}

    status, html = send(clerk, "household-out", household, **out)
    assert status == 422 and "没有填日期" in html
    assert send(clerk, "household-out", household, **out, from_on=DAY)[0] == 302
    assert f"{member.name} 离开本户" in page_of(clerk, household)
    member.refresh_from_db()
    assert member.household_id != household.pk and member.kinship == "head"

    back = {"number": number.unmasked, "from_on": DAY}
    status, html = send(clerk, "household-in", household, **back)
    assert status == 422 and "与户主的关系" in html
    status, html = send(clerk, "household-in", household, **back | {"number": "1"}, kinship="child")
    assert status == 422 and "没有找到这名居民" in html
    assert send(clerk, "household-in", household, **back, kinship="child")[0] == 302
    member.refresh_from_db()
    assert (member.household_id, member.kinship) == (household.pk, "child")


def test_the_whole_household_moves_and_its_address_is_kept(clerk: Client) -> None:
    household, head, _ = family()
    elsewhere = person_named("单雄飞").village_code
    if elsewhere == household.village_code:
        others = Household.objects.exclude(village_code=household.village_code)
        elsewhere = others.filter(village_code__startswith="370481")[0].village_code

    assert send(clerk, "household-address", household, address="解放路12号")[0] == 302
    assert "解放路12号" in page_of(clerk, household)
    status, html = send(clerk, "household-move", household, village=household.village_code, from_on=DAY)
    assert status == 422 and "本户已在这个村" in html
    assert send(clerk, "household-move", household, village=elsewhere, from_on=DAY, address="新居1号")[0] == 302
    head.refresh_from_db()
    assert head.village_code == elsewhere and "新居1号" in page_of(clerk, household)


def test_who_has_no_household_gets_one(clerk: Client) -> None:
    village = person_named("刘玉珍").village_code
    sent = {"name": "甲乙", "birth_on": DAY, "sex": "male", "document_kind": "resident_id", "village": village}
    clerk.post(reverse("console:new-person"), sent)
    person = Resident.objects.get(name="甲乙")
    assert send(clerk, "settle", person, village=village)[0] == 422
    assert send(clerk, "settle", person, village=village, from_on=DAY)[0] == 302
    person.refresh_from_db()
    assert person.household is not None and person.kinship == "head"


def test_a_village_cadre_sees_the_household_and_changes_nothing(signed_in: Callable[[str], Client]) -> None:
    household, _, member = family()

    cadre = signed_in("village.tengzhou")
    if not household.village_code.startswith("370481"):
        raise AssertionError("the tour's household lies in Tengzhou")
    html = page_of(cadre, household)
    assert member.name in html and "设为户主" not in html
    assert send(cadre, "household-head", household, resident=member.pk)[0] == 403
    other = signed_in("village.other")
    assert other.get(reverse("console:household", args=[household.pk])).status_code == 404


def test_categories_are_certified_and_ended_on_the_record(clerk: Client, signed_in: Callable[[str], Client]) -> None:
    person = person_named("单雄飞")
    sent = {"code": "subsistence_allowance", "certified_by": "civil_affairs", "from_on": DAY}

    status, html = send(clerk, "certify", person, **sent | {"until_on": DAY})
    assert status == 422 and "没有保存" in html
    status, html = send(clerk, "certify", person, **sent | {"from_on": "1900-01-01"})
    assert status == 422
    assert send(clerk, "certify", person, **sent)[0] == 302
    assert send(clerk, "certify", person, **sent)[0] == 422, "certified already"
    row = ResidentCategory.objects.get(resident=person)
    assert send(clerk, "end-category", person, category=row.pk, until_on="2025-01-01")[0] == 302
    row.refresh_from_db()
    assert str(row.until_on) == "2025-01-01"
    assert send(clerk, "take-back-category", person, category=row.pk)[0] == 422, "a reason is asked for"
    assert send(clerk, "take-back-category", person, category=row.pk, reason="认错了人")[0] == 302
    html = clerk.get(reverse("console:record", args=[person.pk])).content.decode()
    assert "撤销的认定" in html and "认错了人" in html
    assert send(clerk, "certify", person, **sent | {"code": "orphan"})[0] == 422, "nobody is an orphan at forty"
    assert send(clerk, "certify", person, **sent)[0] == 302
    assert send(clerk, "end-category", person, category=row.pk + 1, until_on="2025-01-01")[0] == 404
    cadre = signed_in("village.tengzhou")
    assert send(cadre, "certify", person, **sent)[0] == 403


def test_a_merge_is_asked_to_be_undone_on_the_merged_row(clerk: Client, signed_in: Callable[[str], Client]) -> None:
    kept = person_named("刘玉珍")
    sent = {"name": kept.name, "birth_on": str(kept.birth_on), "sex": kept.sex, "document_kind": "passport",
            "number": "E12345678", "village": kept.village_code}  # fmt: skip
    clerk.post(reverse("console:new-person"), sent)
    merged = Resident.objects.filter(name=kept.name).latest("pk")
    pair = {"first": kept.pk, "second": merged.pk, "choice": "keep-first", "reason": "同一人"}
    clerk.post(reverse("console:decide-pair"), pair)
    reviewer = signed_in("head.tengzhou")
    reviewer.post(reverse("console:approve", args=[Approval.objects.latest("pk").pk]))
    merged.refresh_from_db()
    assert merged.merged_into_id == kept.pk

    year = clerk.get(reverse("console:person-year", args=[merged.pk, 2025])).content.decode()
    assert reverse("console:person-year", args=[kept.pk, 2025]) in year and "已并入另一条" in year
    assert send(clerk, "part", merged)[0] == 422, "a reason is asked for"
    assert send(clerk, "part", merged, reason="是两个人")[0] == 302
    wish = Approval.objects.latest("pk")
    assert wish.kind == "registry.part"
    reviewer.post(reverse("console:approve", args=[wish.pk]))
    merged.refresh_from_db()
    assert merged.merged_into_id is None
    assert send(clerk, "part", merged, reason="x")[0] == 422, "it is in no merge"


def test_a_death_is_asked_shown_and_taken_back(clerk: Client, signed_in: Callable[[str], Client]) -> None:
    person = person_named("单雄飞")
    record, proof = reverse("console:record", args=[person.pk]), {"proof": "居民死亡医学证明"}
    status, html = send(clerk, "death", person, died_on="2099-01-01", **proof)
    assert status == 422 and "还没有到" in html
    assert send(clerk, "death", person, died_on=DAY)[0] == 422, "the proof is asked for"
    assert send(clerk, "death", person, died_on=DAY, **proof)[0] == 302
    person.refresh_from_db()
    assert person.died_on is None and "居民死亡医学证明" in clerk.get(record).content.decode()

    reviewer = signed_in("head.tengzhou")
    wish = Approval.objects.get(kind="registry.death")
    assert person.name in reviewer.get(reverse("console:approval", args=[wish.pk])).content.decode()
    reviewer.post(reverse("console:approve", args=[wish.pk]))
    person.refresh_from_db()
    assert str(person.died_on) == DAY
    html = clerk.get(record).content.decode()
    assert "去世，不再开单、收款" in html and "撤销死亡登记" in html

    assert send(clerk, "death", person, never="1", reason="本人到场", **proof)[0] == 302
    reviewer.post(reverse("console:approve", args=[Approval.objects.latest("pk").pk]))
    person.refresh_from_db()
    assert person.died_on is None and "本人到场" in clerk.get(record).content.decode()
