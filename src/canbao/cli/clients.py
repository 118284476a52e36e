"""`canbao client`: the programs of departments that may ask through the open interface, made at the machine itself."""

from __future__ import annotations

import argparse
import secrets

from canbao.cli.staff import Refused, at_the_database, named_area, named_role, operator


def register(sub: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    client = sub.add_parser("client", help="let a department's program ask through the open interface, or stop it")
    verbs = client.add_subparsers(required=True, metavar="VERB")
    add = verbs.add_parser("add", help="make a program's credentials; the secret is printed once and kept nowhere")
    add.add_argument("username", metavar="USERNAME", help="name of the program, as the access log shows it")
    add.add_argument("--name", required=True, help="what the program is called, such as 市税务局接口")
    add.add_argument("--role", required=True, help="the role whose work it does; a wrong one lists them all")
    add.add_argument("--area", required=True, metavar="CODE", help="code of the division, 6, 9 or 12 digits")
    add.add_argument(
        "--scope",
        action="append",
        metavar="SCOPE",
        help="what it may ask for; give one each; default all of the role",
    )
    add.add_argument("--requests-per-minute", type=int, default=600, metavar="N", help="default 600")
    add.set_defaults(func=_add)
    revoke = verbs.add_parser("revoke", help="end a program's credentials and its tokens at once")
    revoke.add_argument("client_id", metavar="CLIENT_ID")
    revoke.set_defaults(func=_revoke)


def _add(args: argparse.Namespace) -> int:
    def work() -> str:
        from django.db import IntegrityError, transaction

        from canbao.cli.books import product_clock
        from canbao.faces.open_api.actions import create_client
        from canbao.kernel.capabilities import Capability
        from canbao.staff import actions
        from canbao.staff.capabilities import CAPABILITIES

        role, area, actor, clock = named_role(args.role), named_area(args.area), operator(), product_clock()
        held = CAPABILITIES[role]
        wanted = set(args.scope or held)
        if unknown := sorted(wanted - {str(capability) for capability in held}):
            raise Refused(f"the role {role.value} has no scope {unknown[0]}: choose from {', '.join(sorted(held))}.")
        if args.requests_per_minute < 1:
            raise Refused("--requests-per-minute must be 1 or more.")
        try:
            with transaction.atomic():
                login = actions.create_login(
                    actor=actor, username=args.username, display_name=args.name, password=secrets.token_urlsafe(),
                    area_code=area.code, clock=clock,
                )  # fmt: skip
                actions.grant_role(
                    actor=actor, login=login, role=role, area_code=area.code, from_on=clock.today(), clock=clock
                )
                made = create_client(
                    actor=actor,
                    login=login,
                    scopes=[Capability(name) for name in wanted],
                    clock=clock,
                    requests_per_minute=args.requests_per_minute,
                )
        except IntegrityError:
            raise Refused(f"a login {args.username} is there already: choose another name.") from None
        return (
            f"client {args.username} made: {role.value} in {area.code} {area.name}\n"
            f"client_id: {made.client_id}\nclient_secret: {made.secret}\n"
            "Keep the secret now: it is shown this once"
        )

    return at_the_database(work)


def _revoke(args: argparse.Namespace) -> int:
    def work() -> str:
        from canbao.cli.books import product_clock
        from canbao.faces.open_api.actions import revoke_client

        if not revoke_client(actor=operator(), client_id=args.client_id, clock=product_clock()):
            raise Refused(f"there is no live client {args.client_id}.")
        return f"client {args.client_id} ended"

    return at_the_database(work)
