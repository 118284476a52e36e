"""Why the demo is not loaded."""

from __future__ import annotations

from canbao.kernel.refusals import Refusal


class RegisterInUse(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "register_in_use",
            "人员库中已有真实人员，不能装入演示数据。",
            "The register holds people who were not invented, so the demo is not loaded.",
            ("请换用空的数据库。", "Use an empty database."),
        )
