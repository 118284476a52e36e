"""What a model refuses, as sentences at their places: what is wrong, and what would be right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from .document import PathKey, Places
from .refusals import Fault

SHOWN_AT_MOST = 40
KEYS_SHOWN = 8

KEY: Final = "[key]"
"""A step of a path that says: the key itself, not the value at it."""
RIGHT: Final = {
    "int": ("应为整数，例如 40000", "write a whole number, such as 40000"),
    "bool": ("应为 true 或 false", "write true or false"),
    "date": ("应为存在的日期，写作 2024-10-01", "write a day that exists, as 2024-10-01"),
    "datetime": (
        "应为存在的日期和时间，写作 2024-10-01T17:30:00",
        "write a day and time that exist, as 2024-10-01T17:30:00",
    ),
    "timezone": ("时间一律为北京时间，不写时区", "times are Beijing time; write no zone"),
    "missing": ("这一项缺少", "it is missing"),
    "extra_forbidden": ("这里没有这个键", "it is not a key here"),
    "too_long": ("项数太多", "give fewer"),
    "finite_number": ("应为有限的数", "write a finite number"),
    "time": ("应为时间，写作 17:30:00", "write a time, as 17:30:00"),
    "decimal": ("应为数字，例如 50 或 12.5", "write a number, such as 50 or 12.5"),
    "string": ("应为文字，代码、电话这样的数字要加引号", "write text; put codes and telephone numbers in quotes"),
    "list": ("应为列表，写作 [a, b]", "write a list, as [a, b]"),
    "dict": ("应为“键: 值”", "write keys with values"),
    "model": ("应为“键: 值”", "write keys with values"),
}
"""By the beginning of pydantic's error type: what would be right."""
OTHERWISE: Final = ("写法不对，请对照政策文件说明", "not what belongs here; see the reference of policy files")
LIMITS: Final = {
    "greater_than_equal": ("ge", "不小于", "not less than"),
    "less_than_equal": ("le", "不大于", "not greater than"),
    "greater_than": ("gt", "大于", "greater than"),
    "less_than": ("lt", "小于", "less than"),
}
AFTER_COMMA: Final = (
    "没有值：若是文字里逗号之后的部分，请给整段文字加引号",
    "it has no value: if it is the rest of a text after a comma, put the whole text in quotes",
)


def faults_of(error: ValidationError, model: type[BaseModel], places: Places, path: Path) -> list[Fault]:
    """Every fault that `model` found, each where it stands: at the key, or at the value if that alone is wrong."""
    return [_fault(item, model, places, path) for item in error.errors()]


def _fault(item: Any, model: type[BaseModel], places: Places, path: Path) -> Fault:
    loc, kind = _written(item["loc"]), str(item["type"])
    where = ".".join(str(part) for part in loc)
    if kind == "missing":
        return Fault(*places.of(loc, path), f"缺少“{where}”，请补上。 {where} is missing; add it")
    if kind == "extra_forbidden":
        zh, en = nearest(str(loc[-1]), keys_at(model, loc[:-1]))
        if not zh and item["input"] is None:
            zh, en = AFTER_COMMA
        if not zh and 0 < len(known := sorted(keys_at(model, loc[:-1]))) <= KEYS_SHOWN:
            zh, en = f"这里的键有 {', '.join(known)}", f"the keys here are {', '.join(known)}"
        zh, en = zh or "请更正或删去", en or "correct its name or remove it"
        return Fault(*places.of(loc, path), f"不认识“{where}”，{zh}。 {where} is not a key here; {en}")
    zh, en = _what(item, kind)
    if kind.startswith(("model", "dict")) and 0 < len(known := sorted(keys_at(model, loc))) <= KEYS_SHOWN:
        zh, en = f"{zh}，这里的键有 {', '.join(known)}", f"{en}; the keys here are {', '.join(known)}"
    key = item["loc"] != loc
    place = places.of(loc, path, value=not key)
    shown = "" if key or isinstance(item["input"], dict | list | BaseModel) else f"（{_shown(item['input'])}）"
    return Fault(*place, f"“{where}”{shown}有误：{zh}。 {where}: {en}")


def said_briefly(error: ValidationError) -> tuple[str, str]:
    """The first fault with its path, in both languages."""
    first: Any = error.errors()[0]
    where = ".".join(str(part) for part in _written(first["loc"]))
    zh, en = _what(first, str(first["type"]))
    return f"“{where}”{zh}", f"{where}: {en}"


def _written(loc: Sequence[str | int]) -> PathKey:
    """The path as the file has it: pydantic marks a wrong key of a mapping by a step of its own."""
    return tuple(part for part in loc if part != KEY)


def _shown(value: object) -> str:
    text = "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= SHOWN_AT_MOST else text[:SHOWN_AT_MOST] + "…"


def _what(item: Any, kind: str) -> tuple[str, str]:
    context = item.get("ctx", {})
    if kind == "value_error":
        message = str(item["msg"]).removeprefix("Value error, ")
        zh, _, en = message.partition("。 ")
        return (zh, en) if en else (message, message)
    if kind == "literal_error":
        allowed = [word.strip("' ") for word in str(context["expected"]).replace(" or ", ",").split(",")]
        near_zh, near_en = nearest(str(item["input"]), allowed)
        listed = ", ".join(allowed)
        zh, en = f"只能写 {listed}", f"write one of {listed}"
        return (f"{zh}；{near_zh}", f"{en}; {near_en}") if near_en else (zh, en)
    if kind in LIMITS:
        key, zh, en = LIMITS[kind]
        return f"应{zh} {context[key]}", f"write a value {en} {context[key]}"
    if kind == "decimal_max_places":
        places = context["decimal_places"]
        return f"最多写 {places} 位小数", f"write at most {places} decimals"
    if kind == "too_short":
        return f"至少写 {context['min_length']} 项", f"give at least {context['min_length']}"
    if kind == "string_pattern_mismatch":
        return _pattern(str(context["pattern"]))
    # int_parsing, date_from_datetime_parsing, model_type …
    found = next((RIGHT[begin] for begin in sorted(RIGHT, key=len, reverse=True) if kind.startswith(begin)), None)
    return found or OTHERWISE


def _pattern(pattern: str) -> tuple[str, str]:
    if pattern == r"^\d{6}$":
        return "应为六位行政区划代码，加引号", 'write the six digits of an area code in quotes, as "990100"'
    if pattern == r"^\d{6,12}$":
        return "应为6至12位行政区划代码，加引号", "write 6 to 12 digits of an area code in quotes"
    if pattern == r"^[0-9]{5,12}$":
        return (
            "应为5至12位电话号码，只写数字，加引号",
            "write 5 to 12 digits of a telephone number in quotes, digits only",
        )
    return OTHERWISE


def nearest(word: str, known: Iterable[str]) -> tuple[str, str]:
    """“Did you mean”, in both languages; empty where nothing is near."""
    found = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return (f"是不是“{found[0]}”", f"did you mean {found[0]}?") if found else ("", "")


def keys_at(model: type[BaseModel], loc: Sequence[str | int]) -> set[str]:
    """The keys that a part may have at this path."""
    found: list[Any] = [model]
    for step in loc:
        found = [inner for kind in found for inner in _inside(kind, step)]
    return {
        info.alias or name for kind in found if _is_part(kind) for name, info in kind.model_fields.items()
    }  # fmt: skip


def _is_part(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _inside(kind: Any, step: str | int) -> Iterator[Any]:
    """The types of what stands at one key of a type, or at one place of a list."""
    if _is_part(kind):
        for name, info in kind.model_fields.items():
            if step in (name, info.alias):
                yield from _plain(info.annotation)
    elif get_origin(kind) is dict:
        yield from _plain(get_args(kind)[1])
    elif get_origin(kind) is list:
        yield from _plain(get_args(kind)[0])


def _plain(kind: Any) -> Iterator[Any]:
    """A type without what is said beside it: each choice of a union by itself."""
    if get_origin(kind) in (Union, UnionType):
        for one in get_args(kind):
            yield from _plain(one)
    elif get_origin(kind) is Annotated:
        yield from _plain(get_args(kind)[0])
    elif get_origin(kind) is not Literal:
        yield kind
