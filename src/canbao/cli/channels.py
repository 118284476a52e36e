"""`canbao connect`: what is agreed with the partner of a channel that the notice names, from one file."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from canbao.cli import BAD_USAGE, REFUSED

if TYPE_CHECKING:
    from canbao.payments.actions import Agreement

OPERATOR = "operator at the command line"


class BadAgreement(Exception):
    """The file says no agreement; one sentence says where and what to do."""


def register(sub: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    connect = sub.add_parser("connect", help="open a channel that the notice names, or change what is agreed about it")
    connect.add_argument("file", type=Path, metavar="FILE", help="YAML: policy, channel, partner, account, key files")
    connect.set_defaults(func=_connect)


def agreement_in(file: Path) -> tuple[str, str, Agreement]:
    """Policy, channel and agreement; key files are found beside the file. BadAgreement."""
    from typing import Annotated, Literal

    import yaml
    from pydantic import BaseModel, ConfigDict, Field, ValidationError

    from canbao.payments.actions import Agreement
    from canbao.payments.partners import BY_HAND
    from canbao.payments.partners.keys import ALGORITHMS

    class Said(BaseModel):
        model_config = ConfigDict(extra="forbid", strict=False)
        policy: str
        channel: str
        partner: str
        merchant_id: str
        app_id: str = ""
        address: str = ""
        partner_key: str = ""
        partner_key_id: str = ""
        own_key: str = ""
        own_key_id: str = ""
        seal_key: str = ""
        algorithm: Literal["rsa", "sm2"] = "rsa"
        remits_within: Annotated[int, Field(ge=0, le=60)] | None = None
        name: tuple[str, str] | None = None
        open_from: date
        open_until: date | None = None

    try:
        said = Said.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
        keys = {
            name: (file.parent / path).read_text(encoding="utf-8").strip()
            for name in ("partner_key", "own_key", "seal_key")
            if (path := getattr(said, name))
        }
        by_hand = said.partner in BY_HAND
        if not by_hand:
            ALGORITHMS[said.algorithm].read_pair(keys.get("own_key", ""), keys.get("partner_key", ""))
    except ValidationError as fault:
        where = ", ".join(".".join(map(str, error["loc"])) + f" ({error['msg']})" for error in fault.errors())
        raise BadAgreement(f"{file} is no agreement: {where}") from None
    except yaml.YAMLError:
        raise BadAgreement(f"{file} is no YAML") from None
    except (OSError, UnicodeDecodeError, ValueError) as fault:
        raise BadAgreement(f"{file} or a key that it names cannot be read: {fault}") from None
    if not by_hand and not said.address.startswith("https://"):
        raise BadAgreement(f"{file} has the address {said.address!r}: a partner is spoken to over https:// only")
    sealed = {"partner_key": "", "own_key": "", "seal_key": ""} | keys
    further = said.model_dump(exclude={"policy", "channel"}) | sealed
    return said.policy, said.channel, Agreement(**further)


def _connect(args: argparse.Namespace) -> int:
    from canbao.cli.database.server import DatabaseFault
    from canbao.cli.start import database
    from canbao.kernel.deployment import UnsafeSettings
    from canbao.kernel.refusals import Refusal

    try:
        policy_id, code, agreement = agreement_in(args.file)
        with database():
            from canbao.kernel.capabilities import Capability
            from canbao.kernel.scope import program
            from canbao.payments.actions import agree_channel
            from canbao.payments.partners import BY_HAND
            from canbao.policy import policies

            if policy_id not in policies.ids():
                raise BadAgreement(f"There is no policy {policy_id}: `canbao policy list` names those that are there")
            actor = program(OPERATOR, Capability.KEEP_CHANNELS)
            channel = agree_channel(actor=actor, policy_id=policy_id, code=code, agreement=agreement)
            told = (
                "files and transfers are recorded in the console"
                if channel.partner in BY_HAND
                else (f"the partner tells at /callbacks/{channel.pk}")
            )
            print(f"{policy_id} {code}: open from {channel.open_from}; {told}")
            return 0
    except BadAgreement as fault:
        print(f"canbao: {fault}.", file=sys.stderr)
        return BAD_USAGE
    except (DatabaseFault, UnsafeSettings) as fault:
        print(f"canbao: {fault}", file=sys.stderr)
    except Refusal as refusal:
        print(f"canbao: {refusal.text('en')}", file=sys.stderr)
    return REFUSED
