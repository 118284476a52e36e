"""A refusal is a sentence that a clerk at the counter can read aloud: what, why, and what to do."""

from __future__ import annotations


class Refusal(Exception):
    """The work cannot be done, and the caller can be told so.

    `code` is stable and machine-readable; `zh` and `en` say what and why; `todo` (Chinese, English) what to do; `more`
    are sentences in both languages that a page shows to whoever asks for them.
    """

    def __init__(
        self,
        code: str,
        zh: str,
        en: str,
        todo: tuple[str, str] = ("", ""),
        more: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(code)
        self.code = code
        self.zh = zh
        self.en = en
        self.todo = todo
        self.more = more

    def text(self, language: str = "zh-hans") -> str:
        """The whole message in one language; Chinese unless `language` begins with "en"."""
        if language.startswith("en"):
            return f"{self.en} {self.todo[1]}".rstrip()
        return f"{self.zh}{self.todo[0]}"

    def __str__(self) -> str:
        return f"{self.code}: {self.text('en')}"
