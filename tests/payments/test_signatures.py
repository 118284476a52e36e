"""Two algorithms behind one interface: what every algorithm must do, and the standard's own example for SM2."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import date

import pytest

from canbao.demo.outside import push_side
from canbao.demo.outside.agreed import agreed
from canbao.kernel.clock import FixedClock
from canbao.kernel.refusals import Refusal
from canbao.payments.models import Alarm
from canbao.payments.partners import openssl, sm2
from canbao.payments.partners.keys import ALGORITHMS, Signing
from tests import town
from tests.payments.outside import bank, pairs

# GB/T 32918.5-2017, appendix A.2: a public key, the identifier and text of all its examples, and a signature (r, s).
KEY = (
    "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
R = "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
S = "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
TEXT = b"message digest"
# SubjectPublicKeyInfo: id-ecPublicKey on the curve 1.2.156.10197.1.301.
HEAD = "3059301306072a8648ce3d020106082a811ccf5501822d03420004"


def standard_key() -> str:
    body = base64.encodebytes(bytes.fromhex(HEAD + KEY)).decode()
    return f"-----BEGIN PUBLIC KEY-----\n{body}-----END PUBLIC KEY-----\n"


def standard_signature(s: str = S) -> str:
    return base64.b64encode(bytes.fromhex(f"3046022100{R}022100{s}")).decode()


def test_the_example_of_the_standard_is_true_and_nothing_beside_it() -> None:
    assert sm2.is_signed(TEXT, standard_signature(), standard_key())
    assert not sm2.is_signed(TEXT + b".", standard_signature(), standard_key())
    assert not sm2.is_signed(TEXT, standard_signature(S[:-1] + "b"), standard_key())
    key = openssl.Key(standard_key(), private=False)
    # Another identifier is another signature: it is part of what is signed.
    assert not openssl.verify(key, TEXT, base64.b64decode(standard_signature()), b"ALICE123@YAHOO.COM")


@pytest.fixture(params=ALGORITHMS)
def algorithm(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_only_the_keys_owner_signs_and_only_this_text(algorithm: str) -> None:
    signing: Signing = ALGORITHMS[algorithm]
    pair, other = pairs(algorithm).ours, pairs(algorithm).theirs
    seal = signing.signed(TEXT, pair[0])
    assert signing.is_signed(TEXT, seal, pair[1])
    assert not signing.is_signed(TEXT, seal, other[1])
    for text in (TEXT + b" ", TEXT[1:], b""):
        assert not signing.is_signed(text, seal, pair[1])
    for spoilt in ("", "!", seal[:-8], f"{seal}AAAA", base64.b64encode(b"\x30\x06").decode()):
        assert not signing.is_signed(TEXT, spoilt, pair[1])


def test_keys_of_another_kind_and_the_wrong_way_round_are_refused(algorithm: str) -> None:
    signing = ALGORITHMS[algorithm]
    (own, public), (foreign, foreign_public) = (
        pairs(algorithm).ours, pairs("rsa" if algorithm == "sm2" else "sm2").ours,
    )  # fmt: skip
    signing.read_pair(own, public)
    for wrong in ((public, own), (foreign, public), (own, foreign_public), ("", public), (own, "key")):
        with pytest.raises(ValueError):
            signing.read_pair(*wrong)


@pytest.mark.django_db(transaction=True)
def test_a_partner_who_signs_with_the_other_algorithm_is_not_heard(algorithm: str, clock: FixedClock) -> None:
    out = bank(clock, algorithm)
    other = pairs("rsa" if algorithm == "sm2" else "sm2")
    stranger = replace(out.side, private=other.theirs[0], algorithm=other.algorithm)
    trade = push_side.take(out.side, "S1", 40000)
    assert out.tell(push_side.telling(stranger, trade, 1)).status == 401
    assert Alarm.objects.get().kind == "forged"
    assert out.tell(push_side.telling(out.side, trade, 1)).status == 200


@pytest.mark.django_db
def test_only_who_may_sign_with_sm2_is_agreed_on_with_it(clock: FixedClock) -> None:
    channel, _ = agreed(
        policy_id=town.POLICY, code="ccb_device", kind="signed_push", address="https://bank.test", pairs=pairs("sm2"),
        open_from=date(2024, 9, 1), now=clock.now,
    )  # fmt: skip
    assert channel.algorithm == "sm2"
    for kind, code, name in (("wechat_pay", "wechat", "sm2"), ("signed_push", "rizhao_pos", "md5")):
        with pytest.raises(Refusal, match="unknown_algorithm"):
            agreed(
                policy_id=town.POLICY, code=code, kind=kind, address="https://bank.test",
                pairs=replace(pairs("rsa"), algorithm=name), open_from=date(2024, 9, 1), now=clock.now,
            )  # fmt: skip


def test_a_key_behind_a_password_is_refused_and_nobody_is_asked() -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    sealed = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"x")
    )
    with pytest.raises(ValueError):
        openssl.Key(sealed.decode(), private=True)
