"""Balances of past years as the bureau hands them in: dated, whole file or nothing, once for each file.

A newer balance takes the place of the older one, and what was deducted up to its day is in it already. Where it no
longer covers what is reserved, the holds confirmed last are let go, and both people are told in time to pay otherwise.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import Max

from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.copying import copy_rows
from canbao.kernel.scope import Scope
from canbao.ledger import actions as ledger
from canbao.mutual_aid import balance_file, refusals
from canbao.mutual_aid.actions.holding import in_turn, let_go
from canbao.mutual_aid.actions.messages import tell_of_failures
from canbao.mutual_aid.models import BalanceList, Failure, Hold, HoldState
from canbao.policy import policies
from canbao.registry import queries as registry

AT_ONCE = 5000
LIST_LOCK_TIMEOUT = "30s"


@dataclass(frozen=True, slots=True)
class Taken:
    """A list with what it came to: `unknown` accounts belong to nobody in the register, `again`: it was here before."""

    list: BalanceList
    unknown: int
    again: bool


def take_balances(*, actor: Scope, pooling_area: str, content: bytes, clock: Clock) -> Taken:
    """Take in a file of balances. The same file again changes nothing.

    Refuses `outside_your_area`, `bad_list`, `older_list`, `busy` while a deduction is under way.
    """
    actor.require(Capability.KEEP_MUTUAL_AID, pooling_area)
    digest = hashlib.sha256(content).hexdigest()
    known = BalanceList.objects.filter(pooling_area=pooling_area, digest=digest).first()
    if known is not None:
        return Taken(known, 0, True)
    read = balance_file.read(content, clock.today())
    if read.faults or read.as_of is None:
        raise refusals.bad_list(read.faults)
    with in_turn(LIST_LOCK_TIMEOUT):
        _one_at_a_time(pooling_area)
        latest = BalanceList.objects.filter(pooling_area=pooling_area).aggregate(day=Max("as_of"))["day"]
        if latest is not None and read.as_of < latest:
            raise refusals.older_list(read.as_of, latest)
        holders, faults = _holders(actor, pooling_area, read.lines)
        if faults:
            raise refusals.bad_list(tuple(faults[: balance_file.FAULTS_MAX]))
        row = BalanceList.objects.create(
            pooling_area=pooling_area, digest=digest, as_of=read.as_of, accounts=len(holders),
            total_fen=sum(fen for _, fen in holders), taken_at=clock.now(), taken_by=ledger.actor_name(actor),
        )  # fmt: skip
        _lock_holds(row, holders)
        for begin in range(0, len(holders), AT_ONCE):
            row.let_go += _keep(actor, row, holders[begin : begin + AT_ONCE], clock)
        row.save(update_fields=("let_go",))
    return Taken(row, len(read.lines) - len(holders), False)


def _one_at_a_time(pooling_area: str) -> None:
    """Until the transaction ends, no other list of the pooling area is taken in."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"mutual_aid_balances {pooling_area}"])


def _holders(
    actor: Scope, pooling_area: str, lines: Sequence[balance_file.Line]
) -> tuple[list[tuple[int, int]], list[tuple[str, str]]]:
    """(resident, fen) of those whom the register knows, by number and name; a number with another name is a fault."""
    found: list[tuple[int, int]] = []
    faults: list[tuple[str, str]] = []
    for begin in range(0, len(lines), AT_ONCE):
        part = lines[begin : begin + AT_ONCE]
        line_of = {index: line for line in part for index in registry.number_indexes(line.number)}
        people = registry.visible(actor).filter(pooling_area=pooling_area, merged_into=None, died_on=None)
        for key, index, name in people.filter(number_index__in=list(line_of)).values_list("pk", "number_index", "name"):
            line = line_of[bytes(index or b"")]
            if registry.same_name(name, line.name):
                found.append((key, line.fen))
            else:
                column = balance_file.NAME
                faults.append(
                    (f"第{line.row}行“{column}”：与登记的姓名不同", f"row {line.row}, name: is not the registered one")
                )
    return sorted(found), faults


_NEW = """
INSERT INTO mutual_aid_personalaccount (pooling_area, holder_id, past_year_fen, held_fen, taken_fen)
SELECT %s, holder, 0, 0, 0 FROM unnest(%s::bigint[]) AS n(holder) ON CONFLICT (pooling_area, holder_id) DO NOTHING
"""
_LOCK_HOLDS = """
SELECT count(*) FROM (
    SELECT FROM mutual_aid_hold h JOIN mutual_aid_personalaccount a ON a.id = h.account_id
    WHERE h.pooling_area = %s AND h.state = 'held' AND a.holder_id = ANY (%s) ORDER BY h.id FOR UPDATE OF h
) AS locked
"""
_LOCK_ACCOUNTS = """
SELECT count(*) FROM (
    SELECT FROM mutual_aid_personalaccount a
    WHERE a.pooling_area = %s AND a.holder_id = ANY (%s) ORDER BY a.id FOR UPDATE
) AS locked
"""
# What was deducted after the day of the balance. A statement of its own: one that also locks would, after its wait for
# a slice of a run, still count the captures from before it.
_STAND = """
SELECT a.id, a.holder_id, a.held_fen, coalesce((
    SELECT sum(h.amount_fen) FROM mutual_aid_hold h WHERE h.pooling_area = a.pooling_area AND h.account_id = a.id
      AND h.state = 'captured' AND (h.resolved_at AT TIME ZONE 'Asia/Shanghai')::date > %s), 0)
FROM mutual_aid_personalaccount a WHERE a.pooling_area = %s AND a.holder_id = ANY (%s) ORDER BY a.id
"""
_SET = """
UPDATE mutual_aid_personalaccount a SET past_year_fen = s.fen, taken_fen = s.taken, as_of = %s
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS s(id, fen, taken) WHERE a.id = s.id
"""


def _lock_holds(row: BalanceList, holders: Sequence[tuple[int, int]]) -> None:
    """Before any account, as whoever deducts or revokes does it."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_HOLDS, [row.pooling_area, [holder for holder, _ in holders]])


def _keep(actor: Scope, row: BalanceList, holders: Sequence[tuple[int, int]], clock: Clock) -> int:
    """Write these balances; how many holds they no longer cover, which are let go."""
    said = dict(holders)
    let = 0
    with connection.cursor() as cursor:
        cursor.execute(_NEW, [row.pooling_area, list(said)])
        cursor.execute(_LOCK_ACCOUNTS, [row.pooling_area, list(said)])
        cursor.execute(_STAND, [row.as_of, row.pooling_area, list(said)])
        stand = cursor.fetchall()
        for account_id, holder_id, held, taken in stand:
            if said[holder_id] < taken:
                raise refusals.bad_list((_less_than_taken(row.as_of),))
            if said[holder_id] < held + taken:
                let += _let_go_latest(actor, account_id, held + taken - said[holder_id], clock)
        cursor.execute(
            _SET,
            [
                row.as_of, [each[0] for each in stand], [said[each[1]] for each in stand], [each[3] for each in stand],
            ],
        )  # fmt: skip
        copy_rows(
            cursor, "mutual_aid_balance", ("pooling_area", "account_id", "of_id", "past_year_fen"),
            ((row.pooling_area, each[0], row.pk, said[each[1]]) for each in stand),
        )  # fmt: skip
    return let


def _less_than_taken(as_of: date) -> tuple[str, str]:
    return (
        f"有账户{as_of}的结余比此后已经扣款的还少",
        f"an account's balance of {as_of} is less than what was deducted after that day",
    )


def _let_go_latest(actor: Scope, account_id: int, missing_fen: int, clock: Clock) -> int:
    rows = Hold.objects.select_for_update(of=("self",)).filter(account_id=account_id, state=HoldState.HELD)
    let: list[Hold] = []
    for hold in rows.select_related("resident", "account").order_by("-confirmed_at", "-pk"):
        if missing_fen <= 0:
            break
        missing_fen -= hold.amount_fen
        let_go(hold, HoldState.FAILED, Failure.SHORT, ledger.actor_name(actor), clock)
        tell_of_failures([hold], policies.get(hold.policy_id), clock)
        let.append(hold)
    return len(let)
