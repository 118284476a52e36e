"""The five small modules: no fen is lost, no area leaks, no personal datum prints itself."""

from __future__ import annotations

import logging
import subprocess
import sys
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canbao.kernel.clock import FixedClock, ShiftedClock, SystemClock, shanghai, unique_key
from canbao.kernel.fen import fen_from_yuan, split_exactly, yuan_from_fen
from canbao.kernel.personal import IdNumber, PersonName, id_check_digit, mask_id_number, mask_name
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope, area_prefix, lies_in

weights = st.lists(st.integers(0, 10**9), min_size=1, max_size=12).filter(any)


@given(st.integers(0, 10**15), weights)
def test_splitting_loses_no_fen_and_gives_none_to_a_weight_of_zero(total_fen: int, by: list[int]) -> None:
    shares = split_exactly(total_fen, by=by)

    assert sum(shares) == total_fen
    assert all(share >= 0 for share in shares)
    assert all(share == 0 for share, weight in zip(shares, by, strict=True) if weight == 0)


@given(st.integers(0, 10**15), weights)
def test_a_share_is_less_than_one_fen_from_the_exact_part(total_fen: int, by: list[int]) -> None:
    for share, weight in zip(split_exactly(total_fen, by=by), by, strict=True):
        assert abs(share * sum(by) - total_fen * weight) < sum(by)


def test_the_earlier_share_gets_the_odd_fen() -> None:
    assert split_exactly(101, by=[1, 1]) == (51, 50)


@pytest.mark.parametrize(("total_fen", "by"), [(-1, [1]), (1, [0, 0]), (1, [1, -1]), (1, [])])
def test_a_split_that_makes_no_sense_is_refused(total_fen: int, by: list[int]) -> None:
    with pytest.raises(ValueError, match="split_exactly"):
        split_exactly(total_fen, by=by)


@given(st.integers(-(10**14), 10**14), st.booleans())
def test_yuan_text_comes_back_as_the_same_fen(fen: int, grouped: bool) -> None:
    assert fen_from_yuan(yuan_from_fen(fen, grouped=grouped)) == fen


@pytest.mark.parametrize("text", ["", "1.005", "1e3", "一百", "1.", "--1"])
def test_text_that_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        fen_from_yuan(text)


def test_a_yuan_amount_reads_as_people_write_it() -> None:
    assert (fen_from_yuan("1,234.5"), fen_from_yuan("200")) == (123450, 20000)
    assert yuan_from_fen(123456789, grouped=True) == "1,234,567.89"


def test_a_fixed_clock_stands_still_until_moved_and_speaks_shanghai_time() -> None:
    clock = FixedClock(shanghai(2025, 12, 31, 23, 30))
    assert clock.today().isoformat() == "2025-12-31"

    clock.move(timedelta(hours=1))

    assert clock.today().isoformat() == "2026-01-01"
    with pytest.raises(ValueError, match="aware"):
        FixedClock(datetime(2025, 1, 1))  # noqa: DTZ001


def test_the_system_clock_speaks_shanghai_time_and_keys_differ() -> None:
    assert SystemClock().now().utcoffset() == timedelta(hours=8)
    assert unique_key() != unique_key()


def test_a_shifted_clock_runs_in_another_week() -> None:
    before = SystemClock().now()

    shifted = ShiftedClock(-700).now()

    assert timedelta() <= shifted - (before - timedelta(days=700)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("code", "prefix"),
    [
        ("370000", "37"),
        ("370400", "3704"),
        ("370481", "370481"),
        ("370481000000", "370481"),
        ("370481100", "370481100"),
        ("370481100000", "370481100"),
        ("370481100200", "370481100200"),
        ("310000000000", "31"),
    ],
)
def test_the_prefix_keeps_a_township_that_ends_in_zeros(code: str, prefix: str) -> None:
    assert area_prefix(code) == prefix


def test_an_area_lies_in_the_areas_above_it_and_in_no_other() -> None:
    assert lies_in("370481100200", "370481") and lies_in("370481", "370400") and lies_in("370481", "370481")
    assert not lies_in("370400", "370481") and not lies_in("370481101", "370481100") and not lies_in("", "370000")


@pytest.mark.django_db
def test_the_condition_of_a_scope_keeps_what_the_scope_covers() -> None:
    from canbao.areas.models import Area

    codes = {"370000": None, "370400": "370000", "370481": "370400", "370481100": "370481", "370700": "370000"}
    levels = ("province", "city", "county", "township", "city")
    for (code, parent), level in zip(codes.items(), levels, strict=True):
        Area.objects.create(code=code, name=code, level=level, prefix=area_prefix(code), parent_id=parent)
    scope = Scope(1, "孙会计", prefixes=("3704",))

    kept = set(Area.objects.filter(scope.q("code")).values_list("code", flat=True))

    assert kept == {code for code in codes if scope.covers(code)} == {"370400", "370481", "370481100"}
    assert not Area.objects.filter(Scope(2, "nobody").q("code")).exists()


@given(st.text(alphabet="0123456789X", min_size=0, max_size=20))
def test_a_masked_number_shows_at_most_eight_characters_and_keeps_its_length(number: str) -> None:
    masked = mask_id_number(number)

    assert len(masked) == len(number)
    assert len(masked.replace("*", "")) <= (8 if len(number) >= 15 else 2)


@given(st.text(min_size=1, max_size=8).filter(lambda name: "*" not in name))
def test_a_masked_name_never_shows_the_whole(name: str) -> None:
    assert mask_name(name) != name
    assert len(mask_name(name)) == len(name)


def test_names_and_numbers_print_masked_and_reveal_leaves_a_trace(caplog: pytest.LogCaptureFixture) -> None:
    number, name = IdNumber("370481199001011234"), PersonName("张桂兰")
    assert f"{number} {name!r} {name}" == "3704**********1234 PersonName('张*兰') 张*兰"

    with caplog.at_level(logging.INFO, logger="canbao.access"):
        revealed = number.reveal(Scope(7, "孙会计"), "counter payment")

    assert revealed == "370481199001011234"
    assert "孙会计" in caplog.text and "counter payment" in caplog.text and revealed not in caplog.text


def test_the_check_digit_is_that_of_the_standard() -> None:
    assert id_check_digit("11010519491231002") == "X"
    assert id_check_digit("44052418800101001") == "4"
    with pytest.raises(ValueError, match="17 digits"):
        id_check_digit("1101051949123100")


def test_a_refusal_reads_aloud_in_both_languages() -> None:
    refusal = Refusal(
        "window_closed", "集中缴费期已结束。", "The window is closed.", ("请到窗口办理。", "Go to the counter.")
    )

    assert refusal.text() == "集中缴费期已结束。请到窗口办理。"
    assert refusal.text("en") == "The window is closed. Go to the counter."
    assert Refusal("x", "不行", "No.").text("en") == "No."


def test_the_kernel_imports_no_django() -> None:
    code = (
        "import sys; from canbao.kernel import clock, fen, personal, refusals, scope; "
        "sys.exit(any(name.split('.')[0] == 'django' for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
