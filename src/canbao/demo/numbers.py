"""ID numbers with a right check digit that are marked as invented.

The 15th to 17th characters number the people of one county born on one day, given out from low to high by the police
offices; a county with 900 births on one day is not known. The demo begins at 999 (men, odd) and 998 (women, even) and
counts down, never below 900. So every invented number has a 9 in the 15th place. That is a mark for the eye, no proof:
what counts is `invented` in the register.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from canbao.kernel.personal import id_check_digit

_LAST = 900
_FIRST = {"male": 999, "female": 998}


class NumberBook:
    """Gives each invented person a number that no other has."""

    def __init__(self) -> None:
        self._given: defaultdict[tuple[str, date, str], int] = defaultdict(int)

    def next(self, county: str, birth_on: date, sex: str) -> str | None:
        """None when the marked numbers of that county, day and sex are used up."""
        key = (county, birth_on, sex)
        sequence = _FIRST[sex] - 2 * self._given[key]
        if sequence < _LAST:
            return None
        self._given[key] += 1
        first_17 = f"{county}{birth_on:%Y%m%d}{sequence}"
        return first_17 + id_check_digit(first_17)


def is_marked(id_number: str) -> bool:
    return len(id_number) == 18 and id_number[14] == "9"
