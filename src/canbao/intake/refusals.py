"""Why a whole file, or a step of its way, is refused."""

from __future__ import annotations

from datetime import datetime

from canbao.kernel.clock import SHANGHAI, day_en, day_zh
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


def not_yours() -> Refusal:
    return Refusal(
        "not_yours",
        "这类名单不由您提供，或地区不属于任何统筹区，未上传。",
        "This list is not yours to hand in, or the area belongs to no pooling area, so nothing was kept.",
        ("请选择您提供的名单和管理的地区。", "Choose a list and an area of yours."),
    )


def columns_missing(names: list[str]) -> Refusal:
    joined = "、".join(names)
    return Refusal(
        "columns_missing",
        f"还没有指明哪一列是：{joined}。",
        f"No column was named for: {joined}.",
        ("请在下面选出，或补上这一列后重新上传。", "Choose it below, or add the column and upload the file again."),
    )


def wrong_step() -> Refusal:
    return Refusal(
        "wrong_step",
        "这份名单已不在这一步，刚才的操作没有执行。",
        "This list is no longer at that step, so nothing was done.",
        ("请刷新后查看。", "Reload the page."),
    )


def nothing_to_write() -> Refusal:
    return Refusal(
        "nothing_to_write",
        "没有要新增或变更的行，不用提交。",
        "No row is new or changed, so there is nothing to submit.",
    )


def batch_not_found() -> Refusal:
    return Refusal("batch_not_found", "没有找到这份名单。", "There is no such list.")


def interrupted() -> Refusal:
    return Refusal(
        "interrupted",
        "处理时出了故障，什么都没有写入。",
        "Something failed on the way, and nothing was written.",
        ("请重新预览；再次出现请联系系统管理员。", "Preview it again; if it comes back, ask the system administrator."),
    )


def refused_by_database(row: str) -> Refusal:
    return Refusal(
        "refused_by_database",
        f"写入时数据库拒绝了（{row}），什么都没有写入。",
        f"The database refused a row ({row}), so nothing was written.",
        ("请重新预览后再提交。", "Preview it again and submit it anew."),
    )


class BuiltOn(Refusal):
    """Something rests on what a list wrote."""

    def __init__(self, row: int, what_zh: str, what_en: str) -> None:
        super().__init__(
            "built_on",
            f"第 {row} 行写入的人之后有了{what_zh}，名单不能整份撤销，什么都没有改动。",
            f"What row {row} wrote has {what_en} since, so the list cannot be undone as a whole; nothing was changed.",
            ("请先撤回那一步，或在人员页逐人更正。", "Take that step back first, or correct people one by one."),
        )


def rows_removed() -> Refusal:
    return Refusal(
        "rows_removed",
        "这份名单的逐行记录已按保存期限删除，不能再整份撤销。",
        "The rows of this list were deleted when their time was over, so it can no longer be undone as a whole.",
        ("请在人员页逐人更正。", "Correct people one by one."),
    )


class Outdated(Refusal):
    """The register is no longer what the preview saw."""

    def __init__(self, row: int, count: int) -> None:
        super().__init__(
            "outdated",
            f"预览之后登记有变化（第 {row} 行等，至少 {count} 处），什么都没有写入。",
            f"The register changed after the preview (row {row} and others, at least {count}), so nothing was written.",
            ("请重新预览后再提交。", "Preview it again and submit it anew."),
        )


class HandedInBefore(Refusal):
    """The same file for the same list and area; `batch_id` is the one that is there."""

    def __init__(self, batch_id: int, by: str, at: datetime) -> None:
        super().__init__(
            "handed_in_before",
            f"这个文件 {by} 已于{day_zh(at.astimezone(SHANGHAI))}上传过，内容完全一样，没有再读一遍。",
            f"{by} handed in exactly this file on {day_en(at.astimezone(SHANGHAI))}, so it was not read again.",
            ("可以打开那一次查看。", "Open that one to see what became of it."),
        )
        self.batch_id = batch_id


def purpose_missing() -> Refusal:
    return Refusal(
        "purpose_missing",
        "没有写用途，没有导出。",
        "No purpose was given, so nothing was exported.",
        ("请写明这份名单做什么用。", "Say what the list is for."),
    )


def too_many_people(rows: int, limit: int) -> Refusal:
    return Refusal(
        "too_many_people",
        f"这份名单有 {rows:,} 人，一次最多导出 {limit:,} 人，没有导出。",
        f"The list has {rows:,} people; at most {limit:,} leave at once, so nothing was exported.",
        ("请选小一些的地方，分几次导出。", "Choose a smaller place and export it in parts."),
    )


def too_many_rows(rows: int, limit: int) -> Refusal:
    return Refusal(
        "too_many_rows",
        f"这份名单有 {rows:,} 行，.xlsx 的一张表放不下（最多 {limit:,} 行），没有导出。",
        f"The list has {rows:,} rows; a sheet of .xlsx holds at most {limit:,}, so nothing was exported.",
        ("请改选 .csv。", "Choose .csv instead."),
    )
