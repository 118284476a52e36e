"""Time and uniqueness come in as arguments; this is the only module that asks the machine for either."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """What an action asks for the time: an aware moment and the civil date, both in Shanghai."""

    def now(self) -> datetime: ...

    def today(self) -> date: ...


class SystemClock:
    """The machine's clock, read in Shanghai time."""

    def now(self) -> datetime:
        return datetime.now(SHANGHAI)

    def today(self) -> date:
        return self.now().date()


@dataclass(frozen=True)
class ShiftedClock:
    """The machine's clock, a whole number of days ahead (behind if negative): the demo stays in its own campaign."""

    days: int

    def now(self) -> datetime:
        return datetime.now(SHANGHAI) + timedelta(days=self.days)

    def today(self) -> date:
        return self.now().date()


@dataclass
class FixedClock:
    """A clock that stands still until it is moved; for tests, the demo and replays. `moment` must be aware."""

    moment: datetime

    def __post_init__(self) -> None:
        if self.moment.tzinfo is None:
            raise ValueError("a FixedClock needs an aware moment; see shanghai()")
        self.moment = self.moment.astimezone(SHANGHAI)

    def now(self) -> datetime:
        return self.moment

    def today(self) -> date:
        return self.moment.date()

    def move(self, by: timedelta) -> None:
        self.moment += by


def shanghai(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    """An aware moment in Shanghai time."""
    return datetime(year, month, day, hour, minute, second, tzinfo=SHANGHAI)


def day_zh(day: date) -> str:
    """A day, or the day of a moment as it reads, in a Chinese sentence."""
    return f"{day.year}年{day.month}月{day.day}日"


def day_en(day: date) -> str:
    """The same in an English sentence: 1 October 2024."""
    return f"{day.day} {day:%B} {day.year}"


def unique_key() -> str:
    """32 hexadecimal digits that nobody else has: an idempotency key or a run number."""
    return uuid.uuid4().hex
