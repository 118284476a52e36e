"""What is wrong with one part of a request, in both languages: the words of the validator are for programmers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Said(NamedTuple):
    zh: str
    en: str


_OTHERWISE = Said("不符合接口说明的要求", "does not fit the description of the interface")
_TEXT = Said("要写成文字（JSON字符串）", "must be text (a JSON string)")
_WHOLE = Said("要写成整数（JSON数字，不加引号）", "must be a whole number (a JSON number without quotes)")
_SWITCH = Said("只能是 true 或 false", "must be true or false")
_LIST = Said("要写成列表（JSON数组）", "must be a list (a JSON array)")
_OBJECT = Said("要写成对象（JSON对象）", "must be an object (a JSON object)")
_DAY = Said("日期要写成 YYYY-MM-DD，且确有这一天", "a day is written YYYY-MM-DD and must exist")
# Braces stand for what the validator says of the limit.
_SENTENCES: Mapping[str, Said] = {
    "missing": Said("缺少这一项", "is missing"),
    "extra_forbidden": Said("接口没有这一项", "is no field of the interface"),
    "string_type": _TEXT,
    "string_pattern_mismatch": Said("写法不对，应符合 {pattern}", "is not written as it has to be: {pattern}"),
    "string_too_short": Said("至少 {min_length} 个字", "needs {min_length} characters at least"),
    "string_too_long": Said("最多 {max_length} 个字", "has more than {max_length} characters"),
    "string_unicode": Said("含有无法识别的字符", "holds characters that cannot be read"),
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_from_float": _WHOLE,
    "bool_type": _SWITCH,
    "bool_parsing": _SWITCH,
    "list_type": _LIST,
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "too_short": Said("至少 {min_length} 项", "needs {min_length} items at least"),
    "too_long": Said("最多 {max_length} 项", "has more than {max_length} items"),
    "greater_than_equal": Said("不能小于 {ge}", "must not be less than {ge}"),
    "less_than_equal": Said("不能大于 {le}", "must not be more than {le}"),
    "greater_than": Said("要大于 {gt}", "must be more than {gt}"),
    "less_than": Said("要小于 {lt}", "must be less than {lt}"),
    "literal_error": Said("只能是 {expected}", "must be {expected}"),
    "day": _DAY,
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
}


def said_of(fault: Mapping[str, Any]) -> Said:
    """The sentence for one error as the validator lists it: its `type`, and limits in `ctx`."""
    said = _SENTENCES.get(str(fault.get("type")), _OTHERWISE)
    limits = {key: str(value) for key, value in (fault.get("ctx") or {}).items()}
    try:
        return Said(said.zh.format_map(_in_chinese(limits)), said.en.format_map(limits))
    except KeyError:
        return _OTHERWISE


def _in_chinese(limits: Mapping[str, str]) -> dict[str, str]:
    return {key: value.replace(" or ", "、").replace(", ", "、") for key, value in limits.items()}
