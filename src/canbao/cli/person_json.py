"""One person as a JSON object, from a file or from standard input; what cannot be used is told in both languages."""

from __future__ import annotations

import errno
import json
import sys
from pathlib import Path
from typing import Any, Final

STANDARD_INPUT: Final = "-"
WHY: Final = {
    errno.ENOENT: ("没有这个文件", "there is no such file"),
    errno.EISDIR: ("是文件夹", "it is a folder"),
    errno.EACCES: ("没有读取的权限", "reading it is not permitted"),
    errno.EBADF: ("已关闭", "it is closed"),
}
WRONG: Final = {
    "Expecting value": ("此处应有一个值", "a value is missing here"),
    "Expecting property name": ("此处应是加双引号的键", "a key in double quotes is missing here"),
    "Expecting ':'": ("键后缺少冒号", "a colon is missing behind the key"),
    "Expecting ','": ("两项之间缺少逗号", "a comma is missing between two items"),
    "Illegal trailing comma": ("最后一项之后多了逗号", "there is a comma behind the last item"),
    "Unterminated string": ("文字的引号没有收尾", "a text has no closing quotation mark"),
    "Invalid control character": ("文字中有换行等控制字符", "a text holds a line end or another control character"),
    "Invalid \\": ("反斜杠后的写法不对", "what follows the backslash is not right"),
    "Extra data": ("对象之后还有多余内容", "something stands behind the object"),
}
"""By the beginning of what Python's reader of JSON says."""


class UnusableJson(Exception):
    """The input is no person; says which input, where, why and what to do."""


class _Twice(ValueError):
    pass


def read_person(where: str) -> dict[str, Any]:
    """The object in the file `where`, or in standard input for `-`. Raises UnusableJson."""
    zh, en = ("标准输入", "Standard input") if where == STANDARD_INPUT else (where, where)
    try:
        raw = _standard_input() if where == STANDARD_INPUT else Path(where).read_bytes()
    except OSError as error:
        why_zh, why_en = WHY.get(error.errno or 0, ("系统拒绝读取", str(error.strerror)))
        raise UnusableJson(f"无法读取{zh}：{why_zh}。 {en} cannot be read: {why_en}.") from None
    if not raw.strip():
        raise UnusableJson(f"{zh}是空的，应为一个人的JSON对象。 {en} is empty; give one person as a JSON object.")
    try:
        person = json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        why_zh, why_en = _why(error)
        raise UnusableJson(f"{zh}不是有效的JSON：{why_zh}。 {en} is not JSON: {why_en}.") from None
    if not isinstance(person, dict):
        raise UnusableJson(
            f"{zh}应为一个人的JSON对象，写在花括号里。 {en} must be one person as a JSON object, in braces."
        )
    return person


def _standard_input() -> bytes:
    if sys.stdin is None:
        raise OSError(errno.EBADF, "closed")
    return sys.stdin.buffer.read()


def _why(error: Exception) -> tuple[str, str]:
    if isinstance(error, json.JSONDecodeError):
        zh, en = next((words for begin, words in WRONG.items() if error.msg.startswith(begin)), ("写法不对", error.msg))
        return f"第{error.lineno}行第{error.colno}列，{zh}", f"line {error.lineno}, column {error.colno}: {en}"
    if isinstance(error, UnicodeDecodeError):
        return "不是UTF-8编码，请另存为UTF-8", "it is not UTF-8; save it as UTF-8"
    if isinstance(error, _Twice):
        return f"键“{error}”出现了两次，只保留一处", f"the key {error} stands twice; keep one"
    if isinstance(error, RecursionError):
        return "括号层数太多", "its brackets are nested too deep"
    return "数字太长", "a number is too long"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _Twice(next(key for key in keys if keys.count(key) > 1))
    return values
