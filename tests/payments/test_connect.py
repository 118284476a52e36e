"""What is agreed about a channel, read from a file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from canbao.cli.channels import BadAgreement, agreement_in
from canbao.demo.outside.agreed import WHO
from canbao.kernel.clock import FixedClock
from canbao.kernel.refusals import Refusal
from canbao.payments.actions import agree_channel
from canbao.payments.models import Channel
from tests.payments.outside import pairs

SAID = """
policy: 370481-2025
channel: wechat
partner: wechat_pay
merchant_id: "1600000000"
app_id: wx1
address: https://partner.test
partner_key: theirs.pem
partner_key_id: K1
own_key: ours.pem
own_key_id: K2
seal_key: seal.txt
open_from: 2024-11-01
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ours.pem").write_text(pairs().ours[0])
    (tmp_path / "theirs.pem").write_text(pairs().theirs[1])
    (tmp_path / "seal.txt").write_text("0123456789abcdef0123456789abcdef\n")
    (tmp_path / "wechat.yaml").write_text(SAID)
    return tmp_path


@pytest.mark.django_db
def test_a_channel_is_opened_and_changed_by_its_file(folder: Path, clock: FixedClock) -> None:
    for until in (None, date(2024, 12, 31)):
        if until:
            (folder / "wechat.yaml").write_text(f"{SAID}open_until: {until}\n")
        policy_id, code, agreement = agreement_in(folder / "wechat.yaml")
        agree_channel(actor=WHO, policy_id=policy_id, code=code, agreement=agreement)
        row = Channel.objects.get()
        assert (row.shape, row.open_until, row.simulated) == ("redirect", until, False)
        assert row.own_keys == (pairs().ours[0].strip(), "0123456789abcdef0123456789abcdef")

    with pytest.raises(Refusal, match="channel_not_in_notice"):
        agree_channel(actor=WHO, policy_id=policy_id, code="cash_machine", agreement=agreement)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('merchant_id: "1600000000"\n', "", "merchant_id"),
        ("partner: wechat_pay", "partner: wechat_pay\nfee: 1", "fee"),
        ("ours.pem", "nowhere.pem", "cannot be read"),
        ("own_key: ours.pem", "own_key: theirs.pem", "cannot be read"),
        ("https://", "http://", "https"),
        ("policy: 370481-2025", "policy: [", "no YAML"),
    ],
)
def test_what_is_no_agreement_is_said_in_a_sentence(folder: Path, before: str, after: str, said: str) -> None:
    (folder / "wechat.yaml").write_text(SAID.replace(before, after))

    with pytest.raises(BadAgreement, match=said):
        agreement_in(folder / "wechat.yaml")


@pytest.mark.django_db
def test_a_banks_files_are_agreed_on_without_keys_and_under_a_name_of_their_own(
    tmp_path: Path, clock: FixedClock
) -> None:
    file = tmp_path / "debit.yaml"
    file.write_text(
        'policy: 370481-2025\nchannel: bank_debit\npartner: debit_file\nmerchant_id: "370481001"\n'
        "name: [农商行代扣, Debit by the rural bank]\nopen_from: 2024-11-01\n"
    )

    policy_id, code, agreement = agreement_in(file)
    row = agree_channel(actor=WHO, policy_id=policy_id, code=code, agreement=agreement)

    assert (row.shape, row.name_zh, row.partner_key) == ("file", "农商行代扣", "")
