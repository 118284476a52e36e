"""Sealed numbers: they open where they were sealed, under a key of the ring, and nowhere else."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canbao.kernel.personal import BankCard, IdNumber, Phone, normal_number
from canbao.kernel.vault import ENVIRONMENT, SEALED_BYTES_MIN, BadKeys, KeyRing, VaultFault, new_key, ring_of

PLACE = "registry_resident.number 370400"


def key(name: str) -> str:
    return base64.b64encode(hashlib.sha256(name.encode()).digest()).decode()


def ring(written: str) -> KeyRing:
    return ring_of({ENVIRONMENT: written})


@given(text=st.text(max_size=60), place=st.text(max_size=40))
def test_what_is_sealed_opens_as_it_was(text: str, place: str) -> None:
    sealed = ring(key("a")).seal(text, place)

    assert ring(key("a")).open(sealed, place) == text
    assert len(sealed) == SEALED_BYTES_MIN + len(text.encode())


def test_the_same_number_is_never_sealed_the_same_way_twice() -> None:
    own = ring(key("a"))

    assert len({own.seal("370481199001011234", PLACE) for _ in range(100)}) == 100


@given(at=st.integers(0, 49), bit=st.integers(0, 7))
def test_a_changed_bit_is_noticed(at: int, bit: int) -> None:
    sealed = bytearray(ring(key("a")).seal("370481199001011234", PLACE))
    sealed[at] ^= 1 << bit

    with pytest.raises(VaultFault):
        ring(key("a")).open(bytes(sealed), PLACE)


def test_a_seal_opens_in_no_other_place_and_under_no_other_key() -> None:
    sealed = ring(key("a")).seal("370481199001011234", PLACE)

    for place in ("registry_resident.number 370700", "registry_resident.phone 370400"):
        with pytest.raises(VaultFault, match="belongs elsewhere"):
            ring(key("a")).open(sealed, place)
    with pytest.raises(VaultFault, match=r"not among CANBAO_DATA_KEYS"):
        ring(key("b")).open(sealed, PLACE)


def test_a_ring_seals_with_its_first_key_and_opens_with_all() -> None:
    old, new = ring(key("a")), ring(f"{key('b')}, {key('a')}")
    after = ring(f"{key('b')};{key('a')}")

    sealed = old.seal("1", PLACE)
    assert new.open(sealed, PLACE) == after.open(sealed, PLACE) == "1"
    assert new.seal("1", PLACE)[:4] == new.active_id == after.active_id != old.active_id
    assert new.indexes("1", PLACE) == [after.index("1", PLACE), old.index("1", PLACE)]
    assert after.indexes("1", PLACE) == [after.index("1", PLACE)]
    assert (old.is_rotating, new.is_rotating, after.is_rotating) == (False, True, False)


def test_an_index_is_the_same_for_the_same_number_and_place_alone() -> None:
    own = ring(key("a"))

    assert own.index("1", "number") == own.index("1", "number")
    different = {own.index("1", "number"), own.index("2", "number"), own.index("1", "tail")}
    assert len(different | {ring(key("b")).index("1", "number")}) == 4


@pytest.mark.parametrize(
    "written",
    ["", " ", ",", ";", f";{key('a')}", "secret", "A" * 43 + "=", base64.b64encode(b"canbao" * 5 + b"!!").decode(),
     f"{key('a')},{key('a')}", f"{key('a')},x", key("a")[:-4]],
)  # fmt: skip
def test_what_is_no_random_key_is_refused(written: str) -> None:
    with pytest.raises(BadKeys, match=ENVIRONMENT):
        ring(written)


def test_a_new_key_is_one() -> None:
    assert ring(new_key()).active_id != ring(new_key()).active_id


@pytest.mark.parametrize(
    ("number", "mask"),
    [
        (IdNumber("370481199001011234"), "3704**********1234"),
        (Phone("13805321234"), "138****1234"),
        (Phone("5551234"), "***1234"),
        (BankCard("6222021234567890123"), "***************0123"),
    ],
)
def test_a_number_prints_as_its_mask(number: IdNumber, mask: str) -> None:
    assert str(number) == f"{number}" == number.mask == mask
    assert number.unmasked not in repr(number)


def test_a_number_is_kept_in_one_spelling() -> None:
    assert normal_number("  ３７０４８１ 1990-0101 123x ") == "37048119900101123X"
