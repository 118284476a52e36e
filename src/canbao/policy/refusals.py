"""What the policy room refuses, each with a sentence in Chinese and English."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in a policy file: where, what, and what would be right.

    It prints as `file:line: column N: what is wrong, and what would be right`: line and column count from 1, and who
    reads only `file:line: ` finds the sentence after it.
    """

    file: str
    line: int
    column: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: column {self.column}: {self.what}"


class PolicyFaults(Exception):
    """A policy file that cannot be used, with every fault found in it."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in faults))


class UnknownPolicy(Exception):
    """No policy has this id."""

    def __init__(self, wanted: str, known: Sequence[str]) -> None:
        self.wanted = wanted
        names = "、".join(known)
        super().__init__(
            f"没有名为“{wanted}”的政策；现有：{names}，也可以给出政策文件的路径。 "
            f"No policy is called “{wanted}”; there are {', '.join(known)}, or give the path of a policy file."
        )
