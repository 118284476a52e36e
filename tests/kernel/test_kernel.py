"""The five small modules: no fen is lost, no area leaks, no personal datum prints itself."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canbao.kernel.clock import FixedClock, ShiftedClock, SystemClock, day_en, day_zh, shanghai, unique_key
from canbao.kernel.fen import capital_yuan, yuan_from_fen, yuan_said
from canbao.kernel.personal import IdNumber, id_check_digit, mask_id_number
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope, area_prefix, lies_in


@pytest.mark.parametrize(
    ("fen", "grouped", "text"),
    [(0, False, "0.00"), (5, False, "0.05"), (-20050, False, "-200.50"), (123456789, True, "1,234,567.89")],
)
def test_yuan_text_has_two_decimals(fen: int, grouped: bool, text: str) -> None:
    assert yuan_from_fen(fen, grouped=grouped) == text


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (0, "零元整"),
        (5, "伍分"),
        (50, "伍角整"),
        (150, "壹元伍角整"),
        (1_000, "壹拾元整"),
        (20_000, "贰佰元整"),
        (32_504, "叁佰贰拾伍元零肆分"),
        (168_032, "壹仟陆佰捌拾元叁角贰分"),
        (100_100, "壹仟零壹元整"),
        (101_000, "壹仟零壹拾元整"),
        (1_000_100, "壹万零壹元整"),
        (1_640_902, "壹万陆仟肆佰零玖元零贰分"),
        (1_001_000_000, "壹仟零壹万元整"),
        (10_000_000_100, "壹亿零壹元整"),
        (12_000_000_000, "壹亿贰仟万元整"),
    ],
)
def test_the_capitals_of_a_receipt_say_every_zero_once(fen: int, text: str) -> None:
    assert capital_yuan(fen) == text


@given(st.integers(0, 10**14 - 1))
def test_capitals_can_be_read_back(fen: int) -> None:
    """Each capital has its place, so that adding them up gives the amount again."""
    total = group = digit = 0
    for character in capital_yuan(fen).removesuffix("整"):
        if character in (places := {"拾": 10, "佰": 100, "仟": 1000}):
            group, digit = group + digit * places[character], 0
        elif character in (units := {"万": 10**6, "亿": 10**10, "元": 100, "角": 10, "分": 1}):
            total, group, digit = total + (group + digit) * units[character], 0, 0
        else:
            digit = "零壹贰叁肆伍陆柒捌玖".index(character)

    assert total == fen


@pytest.mark.parametrize("fen", [-1, 10**14])
def test_no_capitals_are_made_up(fen: int) -> None:
    with pytest.raises(ValueError, match="no capitals"):
        capital_yuan(fen)


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


def test_numbers_print_masked() -> None:
    number = IdNumber("370481199001011234")

    assert f"{number} {number!r}" == "3704**********1234 IdNumber('3704**********1234')"


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


def test_a_sentence_says_whole_yuan_without_decimals_and_days_in_words() -> None:
    assert [yuan_said(fen) for fen in (20_000, 20_050, 123_456_700)] == ["200", "200.50", "1,234,567"]
    assert (day_zh(date(2024, 10, 1)), day_en(date(2024, 10, 1))) == ("2024年10月1日", "1 October 2024")
