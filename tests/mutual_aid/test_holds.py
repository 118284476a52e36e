"""Networks, confirmations, deductions and refunds of single people, against the days and words of the notice."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from canbao.certificates import actions as certificates
from canbao.enrolment import queries as enrolment
from canbao.entitlement.models import Cover
from canbao.kernel.clock import FixedClock, shanghai
from canbao.kernel.refusals import Refusal
from canbao.mutual_aid import actions, queries
from canbao.mutual_aid.actions import network
from canbao.mutual_aid.models import (
    HOLD_MOVES,
    RELATIVE_MOVES,
    AidMessage,
    AidRun,
    Hold,
    PersonalAccount,
    Relative,
)
from canbao.payments import actions as payments
from canbao.payments.models import Payment, Refund
from canbao.reconciliation import queries as reconciliation
from canbao.registry.models import Resident
from canbao.staff import actions as staff
from tests.mutual_aid import families
from tests.mutual_aid.families import (
    ADULT_FEN,
    BUREAU,
    NOVEMBER,
    POLICY,
    RENEWAL_RUN,
    SECOND,
    account,
    balances,
    billed,
    confirmed,
    enrolled,
    holder,
    person,
    tie,
)  # fmt: skip

pytestmark = pytest.mark.django_db(transaction=True)


def run_of(group: str, clock: FixedClock, size: int = 2000) -> AidRun:
    run = actions.start_run(actor=SECOND, policy_id=POLICY, group=group, clock=clock)
    actions.continue_run(run_id=run.pk, clock=clock, size=size)
    run.refresh_from_db()
    return run


def test_a_renewal_is_confirmed_held_deducted_and_covered(clock: FixedClock) -> None:
    pays = holder(fen=200_000)
    member = enrolled("沈小妹")
    hold = confirmed(member, pays, clock)

    assert (hold.group, hold.state, hold.amount_fen) == ("renewal", "held", ADULT_FEN)
    assert (account(pays).held_fen, account(pays).available_fen) == (ADULT_FEN, 200_000 - ADULT_FEN)
    clock.moment = RENEWAL_RUN
    run = run_of("renewal", clock)

    assert (run.state, run.captured, run.captured_fen, run.failed) == ("done", 1, ADULT_FEN, 0)
    payment = Payment.objects.get()
    assert (payment.bill_id, payment.channel, payment.amount_fen) == (hold.bill_id, "mutual_aid", ADULT_FEN)
    assert payment.channel_name == "职工医保个人账户家庭共济"
    assert Cover.objects.get(resident=member).cover_from == date(2025, 1, 1)
    assert (account(pays).held_fen, account(pays).taken_fen) == (0, ADULT_FEN)
    assert reconciliation.lateness(BUREAU, clock.today() + timedelta(days=1)) == {}, "it never has a statement"


def test_the_deadline_is_strict_and_the_notices_own(clock: FixedClock) -> None:
    pays, member = holder(), enrolled("沈小妹")
    billed(member, clock)
    row = tie(member, pays, clock)
    clock.moment = shanghai(2024, 12, 1, 17)

    with pytest.raises(Refusal, match="too_late") as refused:
        actions.confirm(actor=BUREAU, relative_id=row.pk, clock=clock)

    assert "2024年12月1日17:00" in refused.value.text() and "12月25日17:30" in refused.value.text()
    clock.moment -= timedelta(seconds=1)
    hold = actions.confirm(actor=BUREAU, relative_id=row.pk, clock=clock)
    clock.moment += timedelta(seconds=1)
    with pytest.raises(Refusal, match="too_late_to_revoke"):
        actions.revoke(actor=BUREAU, hold_id=hold.pk, clock=clock)
    with pytest.raises(Refusal, match="too_late_to_revoke"):
        actions.leave(actor=BUREAU, relative_id=row.pk, because="不想付了", clock=clock)
    with pytest.raises(Refusal, match="too_early"):
        run_of("renewal", clock)


@pytest.mark.parametrize(
    ("route", "group", "facts", "before", "deducts"),
    [
        ("renewal", "renewal", {}, shanghai(2024, 12, 1, 17), date(2024, 12, 2)),
        ("rural", "rural", {"hukou_kind": "rural"}, shanghai(2024, 12, 6, 17), date(2024, 12, 7)),
        ("school", "school", {"student": "university", "school_area": "310112"}, shanghai(2024, 12, 20, 17),
         date(2024, 12, 21)),
        ("community", "individual", {}, shanghai(2024, 12, 25, 17), None),
    ],
)  # fmt: skip
def test_each_route_has_its_group(
    clock: FixedClock, route: str, group: str, facts: dict[str, object], before: object, deducts: date | None
) -> None:
    member = enrolled("沈小妹", route=route, **facts)

    days = actions.group_of(BUREAU, tie(member, holder(), clock), clock)

    assert (days.key, days.confirm_before, days.deducts_on) == (group, before, deducts)


def test_results_show_after_the_day_of_the_notice(clock: FixedClock) -> None:
    from canbao.mutual_aid.groups import days_of
    from canbao.policy import policies

    policy = policies.get(POLICY)
    shown = {key: days_of(policy, key).shows_on(shanghai(2024, 12, 10, 11)) for key in policy.notice.mutual_aid.groups}  # type: ignore[union-attr]

    assert shown == {
        "renewal": date(2024, 12, 6), "rural": date(2024, 12, 11), "school": date(2024, 12, 29),
        "individual": date(2024, 12, 11),
    }  # fmt: skip


def test_a_balance_one_fen_short_pays_nothing_and_says_how_else(clock: FixedClock) -> None:
    pays, member = holder(fen=ADULT_FEN - 1), enrolled("沈小妹")
    billed(member, clock)
    row = tie(member, pays, clock)

    with pytest.raises(Refusal, match="short") as refused:
        actions.confirm(actor=BUREAU, relative_id=row.pk, clock=clock)

    assert "不能只付一部分" in refused.value.text() and "12月25日17:30" in refused.value.text()
    assert not Hold.objects.exists()


def test_a_limit_of_the_holder_is_kept(clock: FixedClock) -> None:
    pays, member = holder(), enrolled("沈小妹")
    billed(member, clock)
    row = tie(member, pays, clock, limit_fen=ADULT_FEN - 1)

    with pytest.raises(Refusal, match="above_limit"):
        actions.confirm(actor=BUREAU, relative_id=row.pk, clock=clock)


def test_one_person_has_one_hold_whoever_pays(clock: FixedClock) -> None:
    member = enrolled("沈小妹")
    first = confirmed(member, holder("沈建国"), clock)
    second = tie(member, holder("沈爱国"), clock, "兄弟姐妹")

    with pytest.raises(Refusal, match="confirmed_already"):
        actions.confirm(actor=BUREAU, relative_id=second.pk, clock=clock)
    actions.revoke(actor=BUREAU, hold_id=first.pk, clock=clock)
    assert actions.confirm(actor=BUREAU, relative_id=second.pk, clock=clock).state == "held"


def proposed(member: Resident, pays: Resident, clock: FixedClock, name: str = "沈建国", client: str = "") -> Relative:
    assert pays.id_number
    return actions.propose(
        actor=actions.visitor(), policy_id=POLICY, member_id=member.pk, holder_name=name, clock=clock, client=client,
        holder_number=pays.id_number.unmasked, relation="子女", kinship_evidence="户口簿", member_evidence="网上提出",
    )  # fmt: skip


def test_the_holder_agrees_by_the_code_of_his_message(clock: FixedClock) -> None:
    pays, member = holder(), enrolled("沈小妹")
    who = actions.visitor()
    row = proposed(member, pays, clock)
    told = AidMessage.objects.get()
    assert told.resident_id == pays.pk and member.name not in told.text
    code = told.text.partition("同意码")[2][:6]
    billed(member, clock)

    with pytest.raises(Refusal, match="not_agreed"):
        actions.confirm(actor=who, relative_id=row.pk, clock=clock)
    wrong = "000000" if code != "000000" else "000001"
    with pytest.raises(Refusal, match="wrong_code"):
        actions.agree_by_code(actor=who, relative_id=row.pk, code=wrong, limit_fen=None, clock=clock)
    agreed = actions.agree_by_code(actor=who, relative_id=row.pk, code=code, limit_fen=100_000, clock=clock)
    assert (agreed.state, agreed.limit_fen, agreed.code_digest) == ("agreed", 100_000, "")
    assert actions.confirm(actor=who, relative_id=row.pk, clock=clock).state == "held"


def test_a_new_proposal_brings_no_new_tries_and_a_code_gets_old(clock: FixedClock) -> None:
    pays, member, who = holder(), enrolled("沈小妹"), actions.visitor()
    row = proposed(member, pays, clock)
    clock.move(timedelta(minutes=31))
    code = AidMessage.objects.get().text.partition("同意码")[2][:6]
    with pytest.raises(Refusal, match="code_expired"):
        actions.agree_by_code(actor=who, relative_id=row.pk, code=code, limit_fen=None, clock=clock)
    for _ in range(network.BY_CODE - 1):
        actions.leave(actor=who, relative_id=row.pk, because="重来", clock=clock)
        row = proposed(member, pays, clock)
        with pytest.raises(Refusal, match="wrong_code"):
            actions.agree_by_code(actor=who, relative_id=row.pk, code="x", limit_fen=None, clock=clock)

    with pytest.raises(Refusal, match="too_many_attempts"):
        actions.agree_by_code(actor=who, relative_id=row.pk, code="x", limit_fen=None, clock=clock)


def test_who_asks_without_a_login_learns_nothing_of_a_stranger(clock: FixedClock) -> None:
    pays, member, resident = holder(), enrolled("沈小妹"), person("沈无关")
    silent = holder("沈爱国")
    silent.phone = None
    silent.save()
    said = set()
    for whom, name in ((pays, "沈某"), (resident, "沈无关"), (silent, "沈爱国")):
        with pytest.raises(Refusal) as refused:
            proposed(member, whom, clock, name)
        said.add((refused.value.code, refused.value.text()))
    assert len(said) == 1 and said.pop()[0] == "no_such_holder"

    for number in range(network.BY_NUMBER - 1):
        with pytest.raises(Refusal, match="no_such_holder"):
            proposed(member, pays, clock, "沈某", client=f"{number}")
    with pytest.raises(Refusal, match="too_many_attempts"):
        proposed(member, pays, clock, client="another")


def test_who_is_no_relative_no_holder_or_both_is_refused(clock: FixedClock) -> None:
    pays, member, other = holder(), enrolled("沈小妹"), person("沈无关")
    for relation, whom, code in (
        ("叔伯", pays, "relation_unknown"), ("子女", other, "no_holder"), ("子女", member, "holder_himself"),
    ):  # fmt: skip
        with pytest.raises(Refusal, match=code):
            tie(member, whom, clock, relation)
    with pytest.raises(Refusal, match="holder_himself"):
        tie(holder("沈爱国"), pays, clock)
    with pytest.raises(Refusal, match="number_in_evidence"):
        tie(member, pays, clock, kinship_evidence="户口簿 310112 19800301 0035")
    with pytest.raises(Refusal, match="nobody_found"):
        tie(member, pays, clock, holder_name="沈某")
    row = tie(member, pays, clock)
    with pytest.raises(Refusal, match="known_relative"):
        tie(member, pays, clock)
    # Whatever the register says of them tomorrow, the database keeps circles out.
    own = PersonalAccount.objects.create(pooling_area=families.FUND, holder=member)
    with pytest.raises(DatabaseError, match="mutual_aid_holder_is_no_relative"), transaction.atomic():
        Relative.objects.create(
            pooling_area=families.FUND, account=own, resident=other, policy_id=POLICY, relation="子女",
            kinship_evidence="x", member_evidence="x", member_agreed_at=clock.now(), recorded_by="x",
        )  # fmt: skip
    assert row.state == "agreed"


def test_leaving_lets_go_what_is_reserved(clock: FixedClock) -> None:
    pays, member = holder(), enrolled("沈小妹")
    hold = confirmed(member, pays, clock)

    actions.leave(actor=BUREAU, relative_id=hold.relative_id, because="本人要求", clock=clock)

    hold.refresh_from_db()
    assert (hold.state, account(pays).held_fen) == ("released", 0)
    with pytest.raises(Refusal, match="not_agreed"):
        actions.confirm(actor=BUREAU, relative_id=hold.relative_id, clock=clock)


def test_a_newer_balance_lets_the_latest_hold_go_and_tells_both(clock: FixedClock) -> None:
    pays = holder(fen=2 * ADULT_FEN)
    first = confirmed(enrolled("沈小妹"), pays, clock)
    clock.move(timedelta(minutes=1))
    second = confirmed(enrolled("沈小弟"), pays, clock)

    taken = balances([(pays, ADULT_FEN)], date(2024, 11, 19), clock)

    first.refresh_from_db(), second.refresh_from_db()  # type: ignore[func-returns-value]
    assert (first.state, second.state, second.reason, taken.list.let_go) == ("held", "failed", "short", 1)
    told = list(AidMessage.objects.filter(hold=second).order_by("pk"))
    assert {each.resident_id for each in told} == {second.resident_id, pays.pk}
    assert all("12月25日17:30以前用别的方式缴费" in each.text for each in told)


def test_what_was_deducted_up_to_the_day_of_a_balance_is_in_it(clock: FixedClock) -> None:
    pays = holder(fen=200_000)
    confirmed(enrolled("沈小妹"), pays, clock)
    clock.moment = RENEWAL_RUN
    run_of("renewal", clock)
    clock.move(timedelta(days=3))

    balances([(pays, 200_000)], date(2024, 12, 1), clock)
    assert account(pays).available_fen == 200_000 - ADULT_FEN
    balances([(pays, 200_000 - ADULT_FEN)], date(2024, 12, 2), clock)
    assert (account(pays).taken_fen, account(pays).available_fen) == (0, 200_000 - ADULT_FEN)
    with pytest.raises(Refusal, match="bad_list") as refused:
        balances([(pays, 200_000)], clock.today(), clock)
    assert "应早于今天" in refused.value.more[0][0]
    with pytest.raises(Refusal, match="older_list"):
        balances([(pays, 1)], date(2024, 11, 1), clock)


def test_a_bad_list_changes_nothing_and_says_every_row(clock: FixedClock) -> None:
    pays = holder(fen=200_000)
    number = pays.id_number.unmasked if pays.id_number else ""
    head = "证件号码,姓名,历年结余（元）,截至日期\n"
    text = f"{head}{number},沈建国,-5,2024-11-01\n{number},,1.234,2024-99-01\nx,甲,1,2025-01-01\n"

    with pytest.raises(Refusal, match="bad_list") as refused:
        actions.take_balances(actor=BUREAU, pooling_area=families.FUND, content=text.encode(), clock=clock)

    said = [zh for zh, _ in refused.value.more]
    assert [line.partition("：")[0] for line in said] == [
        "第1行“历年结余（元）”", "第2行“姓名”", "第2行“历年结余（元）”", "第2行“截至日期”", "第3行“证件号码”",
        "第3行“截至日期”",
    ]  # fmt: skip
    with pytest.raises(Refusal, match="bad_list"):
        actions.take_balances(actor=BUREAU, pooling_area=families.FUND, content=b"a,b\n1,2\n", clock=clock)
    other = f"{head}{number},别人,5,2024-11-01\n"
    with pytest.raises(Refusal, match="bad_list"):
        actions.take_balances(actor=BUREAU, pooling_area=families.FUND, content=other.encode(), clock=clock)
    assert account(pays).past_year_fen == 200_000


def test_who_paid_otherwise_died_or_owes_more_is_told_and_the_rest_are_deducted(clock: FixedClock) -> None:
    pays = holder(fen=5 * ADULT_FEN)
    holds = [confirmed(enrolled(name), pays, clock) for name in ("沈一", "沈二", "沈三")]
    payments.take_counter_payment(
        actor=BUREAU, bill_id=holds[0].bill_id or 0, amount_fen=ADULT_FEN, key="x", clock=clock
    )
    type(holds[1].resident).objects.filter(pk=holds[1].resident_id).update(died_on=date(2024, 11, 21))
    clock.moment = RENEWAL_RUN

    run = run_of("renewal", clock, size=2)

    found = {hold.pk: (hold.state, hold.reason) for hold in Hold.objects.all()}
    assert found == {
        holds[0].pk: ("failed", "paid_otherwise"),
        holds[1].pk: ("failed", "not_standing"),
        holds[2].pk: ("captured", ""),
    }
    assert (run.captured, run.failed, run.slices) == (1, 2, 2)
    assert set(AidMessage.objects.values_list("hold", flat=True)) == {holds[1].pk}
    assert account(pays).held_fen == 0


def test_an_individual_is_deducted_when_he_confirms_or_when_he_is_approved(clock: FixedClock) -> None:
    pays, now = holder(), clock.moment
    member = person("沈新民", covered_years=[])
    hold = actions.confirm(actor=BUREAU, relative_id=tie(member, pays, clock).pk, clock=clock)
    assert (hold.state, hold.group, hold.amount_fen) == ("chosen", "individual", 0)

    families.enrol(member, "community", now.date())
    assert enrolment.enrolment_of(BUREAU, member.pk, 2025).payable_from > now.date()  # type: ignore[union-attr, operator]
    assert actions.pay_for_approved(actor=BUREAU, resident_id=member.pk, clock=clock) == 1

    hold.refresh_from_db()
    assert (hold.state, hold.amount_fen) == ("captured", ADULT_FEN)
    second = enrolled("沈新生", route="community", covered_years=[])
    hold = actions.confirm(actor=BUREAU, relative_id=tie(second, pays, clock).pk, clock=clock)
    assert hold.state == "captured"
    third = person("沈新丁", covered_years=[])
    chosen = actions.confirm(actor=BUREAU, relative_id=tie(third, pays, clock).pk, clock=clock)
    balances([(pays, 2 * ADULT_FEN)], date(2024, 11, 19), clock)
    families.enrol(third, "community", now.date())
    actions.sweep(actor=BUREAU, clock=clock)
    chosen.refresh_from_db()
    assert (chosen.state, chosen.reason) == ("failed", "short")
    assert AidMessage.objects.filter(hold=chosen).count() == 2


def test_a_school_deducted_after_the_close_counts_as_confirmed_in_time(clock: FixedClock) -> None:
    member = enrolled("沈同学", date(2003, 6, 6), route="school", student="university", school_area="310112")
    confirmed(member, holder(), clock)
    clock.moment = shanghai(2024, 12, 27, 9)

    run = run_of("school", clock)

    assert run.captured == 1
    payment, cover = Payment.objects.get(), Cover.objects.get()
    assert (payment.paid_at, payment.received_at) == (NOVEMBER, clock.moment)
    assert (cover.in_window, cover.cover_from) == (True, date(2025, 1, 1))


def test_a_refund_goes_back_to_the_account_it_came_from(clock: FixedClock) -> None:
    pays, member = holder(fen=ADULT_FEN), enrolled("沈小妹")
    confirmed(member, pays, clock)
    clock.moment = RENEWAL_RUN
    run_of("renewal", clock)
    payment = Payment.objects.get()
    asked = payments.Asked(rule="employee", applicant_name="沈小妹", relation="本人", evidence="职工医保参保凭证")
    row = payments.take_refund_application(actor=BUREAU, receipt_no=payment.receipt_no, asked=asked, clock=clock)
    payments.check_refund_application(actor=BUREAU, application_id=row.pk, finding="属实", clock=clock)
    row.refresh_from_db()

    staff.approve(actor=SECOND, approval_id=row.approval_id or 0, clock=clock)

    assert (Refund.objects.get().state, Hold.objects.get().state) == ("returned", "returned")
    assert account(pays).available_fen == ADULT_FEN
    assert not Cover.objects.exists()


def test_a_run_needs_a_second_person(clock: FixedClock) -> None:
    confirmed(enrolled("沈小妹"), holder(), clock)
    clock.moment = RENEWAL_RUN
    wish = actions.ask_run(actor=BUREAU, policy_id=POLICY, group="renewal", clock=clock)

    with pytest.raises(Refusal, match="not_by_yourself"):
        staff.approve(actor=BUREAU, approval_id=wish.pk, clock=clock)
    staff.approve(actor=SECOND, approval_id=wish.pk, clock=clock)

    run = queries.runs(BUREAU).get()
    assert (run.state, run.total, run.approval_id) == ("running", 1, wish.pk)
    with pytest.raises(Refusal, match="run_there"):
        actions.ask_run(actor=BUREAU, policy_id=POLICY, group="renewal", clock=clock)
    with pytest.raises(Refusal, match="deducted_by_itself"):
        actions.ask_run(actor=BUREAU, policy_id=POLICY, group="individual", clock=clock)
    actions.continue_run(run_id=run.pk, clock=clock)


def test_no_hold_outlives_the_beginning_of_its_year(clock: FixedClock) -> None:
    pays = holder()
    hold = confirmed(enrolled("沈小妹"), pays, clock)
    clock.moment = shanghai(2025, 1, 1)

    assert actions.sweep(actor=BUREAU, clock=clock) == 1

    hold.refresh_from_db()
    assert (hold.state, hold.reason, account(pays).held_fen) == ("failed", "expired", 0)


def test_the_database_moves_holds_and_ties_as_declared_and_keeps_accounts_whole(clock: FixedClock) -> None:
    pays = holder(fen=ADULT_FEN)
    hold = confirmed(enrolled("沈小妹"), pays, clock)
    actions.revoke(actor=BUREAU, hold_id=hold.pk, clock=clock)
    states = [state for state in HOLD_MOVES if state not in HOLD_MOVES[hold.state] and state != "released"]
    for state in states:
        with pytest.raises(DatabaseError), transaction.atomic():
            Hold.objects.filter(pk=hold.pk).update(state=state)
    for change in ({"held_fen": ADULT_FEN + 1}, {"held_fen": -1}, {"taken_fen": ADULT_FEN + 1}, {"past_year_fen": -1}):
        with pytest.raises(DatabaseError), transaction.atomic():
            PersonalAccount.objects.filter(holder=pays).update(**change)
    assert RELATIVE_MOVES["agreed"] == {"ended"}
    for state in ("proposed", "refused"):
        with pytest.raises(DatabaseError), transaction.atomic():
            Relative.objects.update(state=state)
    with pytest.raises(DatabaseError), transaction.atomic():
        Hold.objects.all().delete()


def test_the_certificate_names_the_way(clock: FixedClock) -> None:
    member = enrolled("沈小妹")
    confirmed(member, holder(), clock)
    clock.moment = RENEWAL_RUN
    run_of("renewal", clock)
    payment = Payment.objects.get()
    clock.moment = shanghai(2024, 12, 20, 9)

    made = certificates.certify(actor=BUREAU, receipt_no=payment.receipt_no, clock=clock)

    assert made
