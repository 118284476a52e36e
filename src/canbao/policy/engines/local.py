"""Bill a register on one machine: Polars reads and writes, the one-person rules decide once for each situation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
from polars.io.plugins import register_io_source

from ..policy import Policy
from ..situations import Batch
from .outcomes import OUTPUT_SCHEMA, Outcomes
from .register import Register, RejectedRow, Unreadable, open_register, require_writable, unreadable
from .unfinished import sweep, unfinished

ROWS_A_BATCH = 2**18


@dataclass(slots=True)
class Summary:
    """What a run did: rows in, rows billed, rows refused by reason, bad rows, situations met."""

    rows: int = 0
    billed: int = 0
    not_eligible: int = 0
    personal_fen: int = 0
    situations: int = 0
    rejected: list[RejectedRow] = field(default_factory=list)


def bill(policy: Policy, people: Path, out: Path, warn: Callable[[str], None] = lambda text: None) -> Summary:
    """Write one row for each good person of `people` to `out`, in input order; bad rows to `<out>.rejected.csv`.

    Raises Unreadable for input or output that cannot be used; then no output file appears.
    """
    register = opened(people, out, warn)
    summary = Summary()
    run = _Run(policy, register, summary)
    try:
        with unfinished(out) as partial:
            sink(register_io_source(run.bills, schema=OUTPUT_SCHEMA), partial, out.suffix)
            write_rejected(summary.rejected, rejected_beside(out))
            partial.replace(out)
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError) as error:
        raise unreadable(people, error) from None
    summary.situations = len(run.outcomes)
    return summary


def opened(people: Path, out: Path, warn: Callable[[str], None]) -> Register:
    """The register, after a look at both names. Raises Unreadable."""
    if out.suffix not in (".csv", ".parquet"):
        raise Unreadable(f"输出文件{out.name}的格式不支持，请用.csv或.parquet。 {out.name}: write .csv or .parquet.")
    for made in (out, rejected_beside(out)):
        require_writable(made, people=people)
    sweep(out, warn)
    register = open_register(people)
    if register.unknown:
        names = ", ".join(register.unknown)
        warn(f"忽略未知的列：{names}。 Unknown columns are ignored: {names}.")
    return register


class _Run:
    def __init__(self, policy: Policy, register: Register, summary: Summary) -> None:
        self.register = register
        self.summary = summary
        self.outcomes = Outcomes(policy)

    def bills(self, *_: object) -> Iterator[pl.DataFrame]:
        """Bills of the whole register in order, a batch at a time; Polars pulls them as it writes."""
        for batch, rejected in self.register.batches(self.outcomes.policy, ROWS_A_BATCH):
            self.summary.rejected += rejected
            self.summary.rows += batch.height + len(rejected)
            yield self._answered(batch)

    def _answered(self, batch: Batch) -> pl.DataFrame:
        summary = self.summary
        bills = self.outcomes.answer(batch)
        summary.billed += bills.height
        summary.not_eligible += bills.height - int(bills["eligible"].sum())
        summary.personal_fen += int(bills["personal_fen"].sum() or 0)
        return bills


def sink(frame: pl.LazyFrame, path: Path, suffix: str) -> None:
    """Write bills as the format that `suffix` names."""
    if suffix == ".csv":
        frame.sink_csv(path, date_format="%Y-%m-%d")
    else:
        # A bill is read whole or by its person: least and most of its columns would help nobody.
        frame.sink_parquet(path, compression="zstd", compression_level=1, statistics=False)


def rejected_beside(out: Path) -> Path:
    return out.with_name(f"{out.name}.rejected.csv")


def write_rejected(rows: list[RejectedRow], path: Path) -> None:
    """The bad rows in their order; no file if there are none."""
    if not rows:
        path.unlink(missing_ok=True)
        return
    ordered = sorted(rows, key=lambda row: row.row)
    with unfinished(path) as partial:
        pl.DataFrame(
            {
                "row": [row.row for row in ordered],
                "column": [row.column for row in ordered],
                "value": [row.value for row in ordered],
                "reason": [row.reason for row in ordered],
            }
        ).write_csv(partial)
        partial.replace(path)


__all__ = ["Summary", "Unreadable", "bill"]
