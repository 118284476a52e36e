"""A register's columns as Spark SQL: what the situation is described over, and which rows a quick look passes.

Everything is text that the JVM evaluates; nothing here needs Spark to be installed. A rule is nowhere repeated: the
description of a situation is `features`, the reading of a doubtful row `read_row`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from ..assess import Accepts
from ..codes import CATEGORIES, CHOICES, EARLIEST_YEAR, LATEST_YEAR, PERSON_COLUMNS
from ..conditions import Within
from ..features import A_DAY, NO_DAY, Alike, Feature, Held, LocalFacts, Prefixes, Token, Transfers
from ..situations import day_number, second_number

FIRST_DAY: Final = day_number(date(EARLIEST_YEAR, 1, 1))
LAST_DAY: Final = day_number(date(LATEST_YEAR, 12, 31))
DIGITS: Final = 17
"""Of an ID number before its check digit."""
INT_MAX: Final = 2**31 - 1
A_YEAR: Final = 512
MARCH_0: Final = 719_468
"""Days from 1 March of the year 0 to 1970."""
ONLY_CATEGORY: Final = "IF(SIZE(categories) = 1, categories[0], NULL)"
SEVERAL: Final = "IF(SIZE(categories) > 1, CONCAT(';', ARRAY_JOIN(categories, ';', '?'), ';'), CAST(NULL AS STRING))"
"""Two or more categories as `;this;that;`. Few people have so many, and to seek in a list takes Spark much code."""


class Sql:
    """An SQL expression that is written like an array."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __add__(self, other: Sql | int) -> Sql:
        return _two(self, "+", other)

    def __sub__(self, other: Sql | int) -> Sql:
        return _two(self, "-", other)

    def __mul__(self, other: Sql | int) -> Sql:
        return _two(self, "*", other)

    def __and__(self, other: Sql) -> Sql:
        return _two(self, "AND", other)

    def __lt__(self, other: Sql | int) -> Sql:
        return _two(self, "<", other)

    def __gt__(self, other: Sql | int) -> Sql:
        return _two(self, ">", other)

    def __le__(self, other: Sql | int) -> Sql:
        return _two(self, "<=", other)

    def __ge__(self, other: Sql | int) -> Sql:
        return _two(self, ">=", other)

    def __eq__(self, other: object) -> Sql:  # type: ignore[override]
        return _two(self, "=", other)

    def __ne__(self, other: object) -> Sql:  # type: ignore[override]
        return _two(self, "<>", other)

    def __invert__(self) -> Sql:
        return Sql(f"(NOT {self})")


def _two(left: Sql, word: str, right: object) -> Sql:
    return Sql(f"({left} {word} {literal(right)})")


def literal(value: object) -> str:
    """A number, text or expression as SQL."""
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    if isinstance(value, int):
        return f"{value}L" if abs(value) > INT_MAX else str(value)
    return str(value)


class SqlColumns:
    """`Columns` of features.py as SQL in three steps, so that the wide rows of a register are walked through once.

    `reads` are named parts over the columns of the register alone (`columns` are those that it has). `lets` are named
    parts over the reads and `born`, `paid`, `registered`; the expressions returned stand over all of these. What was
    learned of the distinct local facts is joined before the reads as `fact_token` and `fact_day_<i>`; which transfers
    count is joined as `transfer` before the lets. `several` stands beside the reads. `judged` are conditions over the
    reads that find a word which is none of the column's.
    """

    def __init__(self, columns: Collection[str], fact_tokens: int = 1, fact_days: Sequence[str] = ()) -> None:
        self.columns = columns
        self.fact_tokens = fact_tokens
        self.fact_days = fact_days
        self.reads: dict[str, str] = {}
        self.lets: dict[str, str] = {}
        self.judged: dict[str, str] = {}
        self.transfer_days: list[Sql] = []
        self.born, self.paid, self.registered = Sql("born"), Sql("paid"), Sql("registered")
        self.paid_day = Sql(f"(paid DIV {A_DAY})")

    def where(self, condition: Sql, then: Sql | int, other: Sql | int) -> Sql:
        return Sql(f"IF({condition}, {literal(then)}, {literal(other)})")

    def whether(self, condition: Sql) -> Sql:
        return Sql(f"IF({condition}, 1, 0)")

    def passed(self, values: Sql, cuts: Sequence[int]) -> Sql:
        return Sql(_search(self._let(values.text), cuts, 0, len(cuts)))

    def day(self, column: str) -> Sql:
        return self._read(unix_day(column, self.columns))

    def year(self, column: str, absent: int) -> Sql:
        return self._read(f"COALESCE(YEAR({column}), {absent})") if self._has(column) else Sql(literal(absent))

    def flag(self, column: str) -> Sql:
        return self._read(f"IF({column}, 1, 0)") if self._has(column) else Sql("0")

    def number(self, column: str) -> Sql:
        return self._read(f"COALESCE({column}, 0)") if self._has(column) else Sql("0")

    def one_of(self, column: str, numbers: Sequence[int]) -> Sql:
        listed = ", ".join(map(str, numbers))
        return self._read(f"COALESCE({column} IN ({listed}), FALSE)") if self._has(column) else Sql("FALSE")

    def token(self, column: str, token: Token) -> Feature:
        if column not in self.columns:
            return Feature(Sql("0"), 1)
        match token:
            case Prefixes(prefixes):
                # The areas that a code lies in are those that the smallest of them lies in.
                ordered = sorted(prefixes, key=len, reverse=True)
                tests = [f"WHEN STARTSWITH({column}, {literal(p)}) THEN {i + 2}" for i, p in enumerate(ordered)]
                text = f"CASE WHEN {column} IS NULL THEN 0 {' '.join(tests)} ELSE 1 END"
                return Feature(self._read(text), len(tests) + 2)
            case Alike(words):
                numbers: dict[object, int] = {token(None): 0}
                of_word = {word: numbers.setdefault(token(word), len(numbers)) for word in words}
                if len(numbers) < 2:
                    return Feature(Sql("0"), 1)
                read = self._read(f"IF({column} IS NULL, 0, COALESCE({_one_of(of_word)}[{column}], -1))")
                self.judged[column] = f"{read} < 0"
                return Feature(read, len(numbers))
            case Held(named):
                bits = {code: 2**i for i, code in enumerate(sorted(named))}
                if not bits:
                    return Feature(Sql("0"), 1)
                only = self._read(f"COALESCE({_one_of(bits)}[{ONLY_CATEGORY}], 0)")
                among = " + ".join(f"IF(CONTAINS(several, ';{code};'), {bit}, 0)" for code, bit in bits.items())
                return Feature(Sql(self._let(f"{only} + IF(several IS NULL, 0, {among})")), 2 ** len(bits))
            case LocalFacts():
                return Feature(self._read("COALESCE(fact_token, 0)"), self.fact_tokens)

    def day_of_fact(self, name: str) -> Sql:
        if "attributes" not in self.columns:
            return Sql(literal(NO_DAY))
        return self._read(f"COALESCE(fact_day_{self.fact_days.index(name)}, {literal(NO_DAY)})")

    def covered(self, year: int) -> Sql:
        if not self._has("covered_years"):
            return Sql("FALSE")
        return self._read(f"COALESCE(ARRAY_CONTAINS(covered_years, {year}), FALSE)")

    def last_day(self, event: Sql, limit: Within) -> Sql:
        if limit.days is not None:
            return event + limit.days
        day = f"DATE_FROM_UNIX_DATE(CAST({event} AS INT))"
        return Sql(f"IF({event} = {literal(NO_DAY)}, {event}, UNIX_DATE(ADD_MONTHS({day}, {limit.months or 0})))")

    def completed(self, born: Sql, on: Sql, ages: Sequence[int]) -> Sql:
        birth, day = self._let(whole_day(born)), self._let(whole_day(on))
        count = " + ".join(f"IF({birth} + {age * A_YEAR} <= {day}, 1, 0)" for age in ages)
        return Sql(f"IF({on} = {literal(NO_DAY)}, 0, {count})")

    def transfers(self, days: Sequence[Sql], counts: Transfers) -> Sql:
        if not self._has("last_cover_end"):
            return Sql("0")
        self.transfer_days = list(days)
        return Sql("COALESCE(transfer, 0)")

    def _has(self, column: str) -> bool:
        return column in self.columns

    def _read(self, text: str) -> Sql:
        return Sql(self.reads.setdefault(text, f"read{len(self.reads)}"))

    def _let(self, text: str) -> str:
        return self.lets.setdefault(text, f"let{len(self.lets)}")


def unix_day(column: str, columns: Collection[str]) -> str:
    """A column of dates as day numbers, NO_DAY where there is none."""
    day = f"COALESCE(CAST(UNIX_DATE({column}) AS BIGINT), {literal(NO_DAY)})"
    return day if column in columns else literal(NO_DAY)


def whole_day(day: Sql) -> str:
    """A day number as `A_YEAR` times the year and the day in it, both counted from 1 March.

    So 29 February is the last day of its year, and adding years to it leads between 28 February and 1 March.
    """
    # Whole numbers alone: Spark's YEAR, MONTH and DAY each look up the calendar for every row.
    quarters = f"(4 * ({day}) + {4 * MARCH_0 + 3}L)"
    in_century = f"(({quarters} % 146097L) DIV 4L * 4L + 3L)"
    return f"(({quarters} DIV 146097L * 100 + {in_century} DIV 1461L) * {A_YEAR} + ({in_century} % 1461L) DIV 4L)"


def _search(name: str, cuts: Sequence[int], first: int, last: int) -> str:
    """A binary search among the cuts, written out."""
    if first == last:
        return str(first)
    middle = (first + last) // 2
    below, above = _search(name, cuts, first, middle), _search(name, cuts, middle + 1, last)
    return f"IF({name} < {literal(int(cuts[middle]))}, {below}, {above})"


def _one_of(numbers: Mapping[str, int]) -> str:
    """A map from words to numbers: Spark makes one loop of it, of a CASE as many steps as there are words."""
    return f"MAP({', '.join(f'{literal(word)}, {number}' for word, number in numbers.items())})"


def packed(features: Iterable[Feature]) -> list[str]:
    """The features as few whole numbers of 63 bits: expressions, equal exactly where all codes are."""
    keys: list[list[str]] = []
    taken = 2**62
    for codes, size in features:
        if size < 2:
            continue
        if taken * size >= 2**62:
            keys.append([])
            taken = 1
        # A flat sum: Spark's parser takes long over brackets in brackets.
        keys[-1].append(f"CAST({codes} AS BIGINT) * {taken}L")
        taken *= size
    return [" + ".join(key) for key in keys] or ["0L"]


# Which rows a quick look passes


def number_parts(columns: Collection[str]) -> dict[str, str]:
    """What an 18-character ID number says.

    `number_body`: its first 17 digits; no such number if they are none, null for another document. `number_last`: the
    value of its check digit, if it is one.
    """
    if "id_number" not in columns:
        return {"number_body": "CAST(NULL AS BIGINT)", "number_last": "CAST(NULL AS BIGINT)"}
    # Ten of eleven numbers are digits throughout; the rest end in X.
    long_enough = "OCTET_LENGTH(id_number) = 18"
    whole = f"IF({long_enough}, CAST(id_number AS BIGINT), CAST(NULL AS BIGINT))"
    before_x = f"COALESCE(CAST(SUBSTRING(id_number, 1, {DIGITS}) AS BIGINT), -1L)"
    return {
        "number_body": f"COALESCE({whole} DIV 10L, IF({long_enough}, {before_x}, CAST(NULL AS BIGINT)))",
        "number_last": f"COALESCE({whole} % 10L, "
        "IF(ENDSWITH(id_number, 'X') OR ENDSWITH(id_number, 'x'), 10L, CAST(NULL AS BIGINT)))",
    }


def number_birth() -> str:
    """The birth day in an ID number whose date and check digit are right (GB 11643), else null."""
    # The weights are powers of two modulo 11, so the weighted sum needs only the quotients by powers of ten.
    quotients = " - ".join(f"(number_body DIV {10**j}L) * {2 ** (j + 2)}L" for j in range(1, DIGITS))
    right = f"(2 * (number_body - {quotients}) + number_last) % 11 = 1"
    year = f"CAST(number_body DIV {10**7}L % 10000 AS INT)"
    month, day = f"CAST(number_body DIV {10**5}L % 100 AS INT)", "CAST(number_body DIV 1000L % 100 AS INT)"
    made = f"CAST(UNIX_DATE(MAKE_DATE({year}, {month}, {day})) AS BIGINT)"
    return f"IF(number_body >= {10 ** (DIGITS - 1)}L AND {right}, {made}, CAST(NULL AS BIGINT))"


def doubts_of_reads(policy: Accepts) -> list[str]:
    """Conditions of which any sends a row to be read alone; `numbered` is the birth in the number."""
    return [
        f"born NOT BETWEEN {FIRST_DAY} AND {LAST_DAY}",
        "number_body IS NOT NULL AND (numbered IS NULL OR given IS NOT NULL AND given <> numbered)",
        f"paid <> {literal(NO_DAY)} AND paid NOT BETWEEN {literal(second_number(policy.opens))} "
        f"AND {literal((LAST_DAY + 1) * A_DAY - 1)}",
        f"several IS NOT NULL AND NOT several RLIKE '^(;({'|'.join(_categories(policy))}))+;$'",
    ]


def _categories(policy: Accepts) -> list[str]:
    return sorted({*CATEGORIES, *policy.categories})


def doubts_of_columns(columns: Collection[str], policy: Accepts, judged: Collection[str]) -> list[str]:
    """The same over the columns of the register alone, without the words of those that are judged by their numbers."""
    found = ["person_id IS NULL OR person_id = ''"]
    for column, kind in PERSON_COLUMNS.items():
        if column not in columns:
            continue
        if kind == "choice" and column not in judged:
            listed = ", ".join(literal(word) for word in CHOICES[column])
            found.append(f"{column} IS NOT NULL AND {column} NOT IN ({listed})")
        elif kind == "area":
            found.append(f"{column} IS NOT NULL AND NOT {_area_code(column)}")
        elif kind == "date":
            first, last = f"DATE '{EARLIEST_YEAR}-01-01'", f"DATE '{LATEST_YEAR}-12-31'"
            found.append(f"{column} IS NOT NULL AND {column} NOT BETWEEN {first} AND {last}")
    known = ", ".join(map(literal, _categories(policy)))
    tests = {
        "categories": f"SIZE(categories) = 1 AND NOT COALESCE({ONLY_CATEGORY} IN ({known}), FALSE)",
        "disability_grade": "disability_grade IS NOT NULL AND disability_grade NOT BETWEEN 1 AND 4",
        "repair_years": "repair_years IS NOT NULL AND repair_years NOT BETWEEN 0 AND 9999",
        # A null among the years makes the search for a year that is not there null.
        "covered_years": "COALESCE(SIZE(covered_years), 0) > 0 AND (ARRAY_CONTAINS(covered_years, 0) IS NULL "
        f"OR ARRAY_MIN(covered_years) < {EARLIEST_YEAR} OR ARRAY_MAX(covered_years) > {LATEST_YEAR})",
        "attributes": "attributes IS NOT NULL AND NOT COALESCE(fact_good, FALSE)",
    }
    return found + [test for column, test in tests.items() if column in columns]


def _area_code(column: str) -> str:
    """Six to twelve digits of which the first is not 0: as many digits as characters leave room for nothing else."""
    least = ", ".join(["NULL"] * 6 + [f"{10 ** (length - 1)}L" for length in range(6, 13)])
    return f"COALESCE(CAST({column} AS BIGINT) >= ARRAY({least})[OCTET_LENGTH({column})], FALSE)"
