"""Why a whole file, or a step of its way, is refused."""

from __future__ import annotations

from canbao.kernel.refusals import Refusal

_SAVE_AS = (
    "请用表格软件打开，另存为 .xlsx 后重新上传。",
    "Open it in a spreadsheet program, save it as .xlsx and upload that.",
)


def empty_file() -> Refusal:
    return Refusal(
        "empty_file", "文件是空的，没有读入任何内容。", "The file is empty, so nothing was read.",
        ("请检查后重新上传。", "Check it and upload it again."),
    )  # fmt: skip


def locked_file() -> Refusal:
    return Refusal(
        "locked_file", "文件设了打开密码，读不了。", "The file has a password, so it cannot be read.",
        ("请去掉密码，另存后重新上传。", "Remove the password, save it and upload it again."),
    )  # fmt: skip


def unreadable_file() -> Refusal:
    return Refusal(
        "unreadable_file", "文件损坏或不是表格文件，读不了。", "The file is damaged or is no spreadsheet.", _SAVE_AS
    )


def not_a_list() -> Refusal:
    return Refusal(
        "not_a_list",
        "这不是名单：文件里是网页或其他内容。",
        "This is no list: the file holds a web page or something else.",
        _SAVE_AS,
    )


def too_large_file() -> Refusal:
    return Refusal(
        "too_large_file", "文件太大。", "The file is too large.",
        ("请分成几份，分别上传。", "Split it and upload the parts."),
    )  # fmt: skip


def undecodable(line: int) -> Refusal:
    return Refusal(
        "undecodable",
        f"第 {line} 行的文字不是 UTF-8 也不是 GB18030 编码，读不了。",
        f"Line {line} is neither UTF-8 nor GB18030, so the file cannot be read.",
        _SAVE_AS,
    )


def open_quote(line: int) -> Refusal:
    return Refusal(
        "open_quote",
        f"第 {line} 行有一个英文双引号没有成对，后面的行会被吞掉，所以没有读入。",
        f"A double quote in line {line} has no partner and would swallow the lines after it, so nothing was read.",
        (
            "请删去多余的双引号，或另存为 .xlsx 后重新上传。",
            "Remove the stray quote, or save it as .xlsx and upload that.",
        ),
    )


def header_missing() -> Refusal:
    return Refusal(
        "header_missing",
        "前 40 行里没有找到表头（姓名、身份证号等列名）。",
        "No row among the first 40 holds the headings (name, ID number and so on).",
        ("请补上表头，或下载模板填写。", "Add the headings, or use the template."),
    )
