"""One YAML file as plain data, and where each key and each value stands in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from .refusals import Fault, PolicyFaults

PathKey = tuple[str | int, ...]
Place = tuple[str, int, int]
"""File, line and column, both counted from 1."""


@dataclass(slots=True)
class Places:
    """Where things stand: `keys` also holds the items of lists, `values` only what is no mapping and no list."""

    keys: dict[PathKey, Place] = field(default_factory=dict)
    values: dict[PathKey, Place] = field(default_factory=dict)

    def laid_over(self, upper: Places) -> Places:
        return Places({**self.keys, **upper.keys}, {**self.values, **upper.values})

    def of(self, loc: Sequence[str | int], path: Path, *, value: bool = False) -> Place:
        """The place of a key, or of the value that stands at it; of the nearest part around it if it is not there."""
        loc = tuple(loc)
        if value and loc in self.values:
            return self.values[loc]
        for length in range(len(loc), -1, -1):
            if (found := self.keys.get(loc[:length])) is not None:
                return found
        return (str(path), 1, 1)


@dataclass(frozen=True, slots=True)
class Document:
    data: dict[str, Any]
    places: Places


def read(path: Path) -> Document:
    """Raises PolicyFaults."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        what = f"无法读取：{error.strerror}。 cannot be read: {error.strerror}"
        raise PolicyFaults([Fault(str(path), 1, 1, what)]) from None
    except UnicodeDecodeError as error:
        raise PolicyFaults([_not_utf_8(path, error)]) from None
    if unseen := CONTROL.search(text):
        raise PolicyFaults([_control_sign(path, text, unseen.start())])
    places = Places()
    try:
        node = yaml.compose(text, Loader=_Loader)
        if not isinstance(node, yaml.MappingNode):
            what = "文件应为“键: 值”的结构。 the file must be a mapping of keys to values"
            raise PolicyFaults([Fault(str(path), 1, 1, what)])
        if repeated := list(_index(node, (), str(path), places)):
            raise PolicyFaults(repeated)
        return Document(_Loader.plain(text), places)
    except yaml.MarkedYAMLError as error:
        raise PolicyFaults([_not_yaml(path, text, error)]) from None
    except (yaml.YAMLError, RecursionError):
        what = "YAML 写法有误：层次太深或引用自身。 not YAML: nested too deep, or a part refers to itself"
        raise PolicyFaults([Fault(str(path), 1, 1, what)]) from None


class _Loader(yaml.CSafeLoader):
    """Safe YAML that guesses less, as YAML 1.2: `on` and `no` stay words, 17:30 and 010 are no numbers."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in known if not tag.endswith((":bool", ":int", ":float"))]
        for first, known in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }

    @classmethod
    def plain(cls, text: str) -> dict[str, Any]:
        loaded = yaml.load(text, Loader=cls)  # a CSafeLoader
        assert isinstance(loaded, dict)
        return loaded


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile("^-?(?:0|[1-9][0-9]{0,17})$"), list("-0123456789"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"^-?[0-9]+\.[0-9]+$"), list("-0123456789"))


def _day_or_text(loader: _Loader, node: yaml.ScalarNode) -> object:
    """A day that does not exist stays text, so that the model refuses it at its line."""
    try:
        return loader.construct_yaml_timestamp(node)
    except ValueError:
        return node.value


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _day_or_text)


def _index(node: yaml.Node, path: PathKey, file: str, places: Places) -> Iterator[Fault]:
    here = (file, node.start_mark.line + 1, node.start_mark.column + 1)
    places.keys.setdefault(path, here)
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = key.value
            at = (file, key.start_mark.line + 1, key.start_mark.column + 1)
            if not isinstance(key, yaml.ScalarNode):
                yield Fault(*at, "键应为文字。 a key must be one word")
                continue
            if name in seen:
                yield Fault(*at, f"“{name}”重复，只保留一处。 the key {name} stands twice; keep one")
            seen.add(name)
            places.keys[(*path, name)] = at
            yield from _index(value, (*path, name), file, places)
    elif isinstance(node, yaml.SequenceNode):
        for position, value in enumerate(node.value):
            yield from _index(value, (*path, position), file, places)
    else:
        places.values[path] = here


CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
"""Signs that YAML forbids."""


def _control_sign(path: Path, text: str, position: int) -> Fault:
    before = text[:position]
    line, column = before.count("\n") + 1, position - before.rfind("\n")
    sign = f"U+{ord(text[position]):04X}"
    what = f"这里有看不见的控制字符 {sign}，请删去。 an invisible control character {sign} stands here; delete it"
    return Fault(str(path), line, column, what)


WIDE: Final = {
    "：": ": ",
    "，": ", ",
    "｛": "{",
    "［": "[",
    "“": '"',
    "‘": "'",
    "　": " ",
}
"""Full-width signs that a Chinese keyboard types where YAML wants the narrow one."""
WRONG: Final = (
    ("cannot start any token", "缩进应使用空格，不用制表符（Tab）。", "indent with spaces, never with a tab"),
    (
        "mapping values are not allowed",
        "这里多了一个冒号：一行只写一个键，值里有冒号的加引号。",
        "one key a line; put a value that holds a colon in quotes",
    ),
    ("could not find expected ':'", "键后应为英文冒号加空格。", "after a key comes a colon and a space"),
    ("unexpected end of stream", "引号没有配对。", "a quotation mark is not closed"),
    (
        "expected <block end>",
        "缩进不一致：同一层的键要左对齐。",
        "keys of one level must begin in the same column",
    ),
    ("did not find expected key", "缩进不一致或少了逗号、括号。", "check the indent, the commas and the brackets"),
    ("undefined alias", "“*”引用的名字没有用“&”定义。", "the name after * is defined nowhere with &"),
    ("did not find expected node content", "这里少了一个值。", "a value is missing here"),
    (
        "constructor for the tag",
        "不支持“!”开头的标记，请删去。",
        "marks that begin with ! mean nothing here; delete it",
    ),
    (
        "unknown escape character",
        "双引号里的反斜杠要写两遍，或改用单引号。",
        "in double quotes write a backslash twice, or use single quotes",
    ),
    ("block sequence entries are not allowed", "“- ”应另起一行。", "begin a line with the dash"),
    ("found duplicate anchor", "同一个“&”名字定义了两次。", "the name after & is defined twice"),
)
OTHERWISE: Final = (
    "请检查这里的缩进、冒号、引号和括号。",
    "look at the indent, the colons, the quotes and the brackets here",
)


def _not_yaml(path: Path, text: str, error: yaml.MarkedYAMLError) -> Fault:
    """Where the writing breaks off: for a key without its colon or a quotation that never ends, where that begins."""
    problem = str(error.problem)
    unfinished = ("expected ':'" in problem or "end of stream" in problem) and error.context_mark is not None
    mark = error.context_mark if unfinished else error.problem_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    zh, en = next(((zh, en) for words, zh, en in WRONG if words in problem), OTHERWISE)
    if "expected ',' or" in problem and error.context_mark is not None:
        opened = error.context_mark.line + 1, error.context_mark.column + 1
        zh = f"第{opened[0]}行第{opened[1]}列的括号没有配对，或少了逗号。"
        en = f"the bracket opened at line {opened[0]}, column {opened[1]} is not closed, or a comma is missing"
    written = text.splitlines()
    for number in (line, line - 1):
        found = wide_sign(written[number - 1]) if 0 < number <= len(written) else None
        if found is not None:
            position, sign = found
            zh = f"“{sign}”是全角符号，应写半角“{WIDE[sign].strip() or '空格'}”。"
            en = f"write the narrow sign instead of {sign}"
            line, column = number, position + 1
            break
    return Fault(str(path), line, column, f"YAML 写法有误：{zh} not YAML: {en}")


def wide_sign(line: str) -> tuple[int, str] | None:
    """The first full-width sign of a line that stands where YAML looks for its own: (position from 0, the sign)."""
    found = re.match(r"\s*(?:- )*[\w.]+\s*(：)|\s*(　)|[^#]*?: *([｛［“‘])|[^#]*?[}\]\w] *(，) *\w+ *:", line)
    if found is None:
        return None
    group = next(number for number in range(1, 5) if found[number])
    return found.start(group), found[group]


def _not_utf_8(path: Path, error: UnicodeDecodeError) -> Fault:
    before = error.object[: error.start]
    line = before.count(b"\n") + 1
    column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
    what = "文件不是 UTF-8 编码，请另存为 UTF-8。 the file is not UTF-8; save it as UTF-8"
    return Fault(str(path), line, column, what)
