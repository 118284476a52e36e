"""Why something is not taken for a name."""

from __future__ import annotations

from canbao.kernel.refusals import Refusal


class NameMissing(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "name_missing",
            "没有填姓名，没有保存。",
            "The name is missing; nothing was saved.",
            ("请填姓名。", "Fill in the name."),
        )


class NameTooLong(Refusal):
    def __init__(self, most: int) -> None:
        super().__init__(
            "name_too_long",
            f"姓名超过{most}个字，没有保存。",
            f"The name has more than {most} characters; nothing was saved.",
            ("请按证件核对姓名。", "Compare the name with the document."),
        )


class BadName(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "bad_name",
            "姓名里有姓名中不会出现的字符，没有保存。",
            "The name holds characters that no name has; nothing was saved.",
            (
                "姓名只写文字：中文姓名可用“·”，外文姓名可用空格、连字符、撇号；不写数字、括号和其他符号。",
                "Write letters alone: “·” in a Chinese name; spaces, hyphens and apostrophes in others; no digits, "
                "brackets or other signs.",
            ),
        )
