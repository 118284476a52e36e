"""`canbao staff`: the logins of people who work here, made at the machine itself; the first one has no other way."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from canbao.cli import REFUSED

if TYPE_CHECKING:
    from canbao.areas.models import Area
    from canbao.kernel.scope import Scope
    from canbao.staff.models import Login, Role

OPERATOR = "operator at the command line"


class Refused(Exception):
    """One sentence: what is wrong and what to do."""


def register(sub: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    staff = sub.add_parser("staff", help="make logins and grant roles, at the machine itself")
    verbs = staff.add_subparsers(required=True, metavar="VERB")
    add = verbs.add_parser(
        "add", help="make a login; the password is asked for, or read as one line from standard input"
    )
    add.add_argument("username", metavar="USERNAME")
    add.add_argument("--name", required=True, help="the person's name as pages and receipts show it")
    add.set_defaults(func=_add)
    grant = verbs.add_parser("grant", help="grant a login one more role in an area, from today on")
    grant.add_argument("username", metavar="USERNAME")
    grant.add_argument("--until", type=_day, metavar="DATE", help="the first day without the role (default: no end)")
    grant.set_defaults(func=_grant)
    reset = verbs.add_parser(
        "reset-password", help="give a login a one-time password, printed once and changed at the first sign-in"
    )
    reset.add_argument("username", metavar="USERNAME")
    reset.set_defaults(func=_reset_password)
    phone = verbs.add_parser(
        "reset-second-factor", help="take the second factor off a login whose phone and recovery codes are lost"
    )
    phone.add_argument("username", metavar="USERNAME")
    phone.set_defaults(func=_reset_second_factor)
    for verb in (add, grant):
        verb.add_argument("--role", required=True, help="such as medical_insurance_clerk; a wrong one lists them all")
        verb.add_argument("--area", required=True, metavar="CODE", help="code of the division, 6, 9 or 12 digits")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is not a date YYYY-MM-DD") from None


def _add(args: argparse.Namespace) -> int:
    def work() -> str:
        from django.db import IntegrityError, transaction

        from canbao.cli.books import product_clock
        from canbao.staff import actions

        role, area, actor, clock = named_role(args.role), named_area(args.area), operator(), product_clock()
        password = _password(args.username, args.name)
        try:
            with transaction.atomic():
                login = actions.create_login(
                    actor=actor, username=args.username, display_name=args.name, password=password,
                    area_code=area.code, clock=clock,
                )  # fmt: skip
                actions.grant_role(
                    actor=actor, login=login, role=role, area_code=area.code, from_on=clock.today(), clock=clock
                )
        except IntegrityError:
            raise Refused(
                f"a login {args.username} is there already: choose another name, or grant it a role."
            ) from None
        return f"login {args.username} made: {role.value} in {area.code} {area.name}"

    return at_the_database(work)


def _grant(args: argparse.Namespace) -> int:
    def work() -> str:
        from canbao.cli.books import product_clock
        from canbao.staff import actions
        from canbao.staff.refusals import AlreadyGranted

        login, role, area, clock = _login(args.username), named_role(args.role), named_area(args.area), product_clock()
        today = clock.today()
        if args.until is not None and args.until <= today:
            raise Refused(f"--until {args.until} is not after today, {today}: give a later day.")
        try:
            actions.grant_role(
                actor=operator(), login=login, role=role, area_code=area.code, from_on=today, until_on=args.until,
                clock=clock,
            )  # fmt: skip
        except AlreadyGranted:
            raise Refused(
                f"{args.username} is {role.value} in {area.code} already: nothing was granted. Its days are changed on "
                "the login's page."
            ) from None
        end = "" if args.until is None else f" until before {args.until}"
        return f"login {args.username} granted: {role.value} in {area.code} {area.name} from {today}{end}"

    return at_the_database(work)


def _reset_password(args: argparse.Namespace) -> int:
    def work() -> str:
        from canbao.cli.books import product_clock
        from canbao.staff import actions

        password = actions.reset_password(actor=operator(), login=_login(args.username), clock=product_clock())
        return (
            f"one-time password of {args.username}: {password}\n"
            "It is shown this once, lasts seven days and is changed at the first sign-in; every session was ended"
        )

    return at_the_database(work)


def _reset_second_factor(args: argparse.Namespace) -> int:
    def work() -> str:
        from canbao.cli.books import product_clock
        from canbao.staff import actions
        from canbao.staff.refusals import SecondFactorMissing

        try:
            actions.remove_second_factor(actor=operator(), login=_login(args.username), clock=product_clock())
        except SecondFactorMissing:
            raise Refused(f"the login {args.username} has no second factor: there is nothing to take off.") from None
        return f"second factor of {args.username} taken off: the next sign-in sets up a new one"

    return at_the_database(work)


def at_the_database(work: Callable[[], str]) -> int:
    from canbao.cli.serving import spoken
    from canbao.cli.start import database

    def done() -> int:
        with database():
            from django.db import ProgrammingError

            try:
                print(f"{work()} (by the {OPERATOR})")
            except ProgrammingError:
                raise Refused("the tables are not there yet: start `canbao run` once, then do this again.") from None
        return 0

    try:
        return spoken(done)
    except Refused as refused:
        print(f"canbao: {refused}", file=sys.stderr)
        return REFUSED


def operator() -> Scope:
    """Who works at the machine itself may make logins for every area; so the first one comes about."""
    from canbao.kernel.capabilities import Capability
    from canbao.kernel.scope import program

    return program(OPERATOR, Capability.MANAGE_STAFF)


def named_role(word: str) -> Role:
    from canbao.staff.models import Role

    try:
        return Role(word)
    except ValueError:
        raise Refused(f"there is no role {word}: choose one of {', '.join(Role.values)}.") from None


def named_area(code: str) -> Area:
    from canbao.areas import queries

    area = queries.area(code) if code.isascii() and code.isdigit() and len(code) in (6, 9, 12) else None
    if area is None:
        raise Refused(
            f"there is no area {code}: give the code of a division of 6, 9 or 12 digits that `canbao run` has loaded."
        )
    return area


def _login(username: str) -> Login:
    from canbao.staff import queries
    from canbao.staff.models import Login

    try:
        return queries.login_named(username)
    except Login.DoesNotExist:
        raise Refused(f"there is no login {username}: make it with `canbao staff add`.") from None


def _password(username: str, name: str) -> str:
    """Asked for twice on a terminal, else the first line of standard input. Refused if it is weak."""
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError
    from django.utils import translation

    from canbao.staff.models import Login

    if sys.stdin.isatty():
        password = getpass.getpass("Password: ")
        if getpass.getpass("Once more: ") != password:
            raise Refused("the two passwords differ: try again.")
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    try:
        with translation.override("en"):
            validate_password(password, Login(username=username, display_name=name))
    except ValidationError as weak:
        raise Refused(f"the password is too weak. {' '.join(weak.messages)}") from None
    return password
