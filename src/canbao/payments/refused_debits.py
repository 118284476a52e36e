"""What is refused about batch debits and collective lists."""

from __future__ import annotations

from canbao.kernel.fen import yuan_said
from canbao.kernel.refusals import Refusal
from canbao.payments.partners.debit_file import BadFile


def bad_agreement() -> Refusal:
    return Refusal(
        "bad_agreement",
        "签约协议号要填4到40位字母、数字或横线，户名也要填，没有登记。",
        "An agreement number (4 to 40 letters, digits or dashes) and the holder are needed; nothing was recorded.",
        ("请照银行的签约回执填写。", "Copy them from the bank's paper."),
    )


def debited_already() -> Refusal:
    return Refusal(
        "debited_already",
        "此人已有一份代扣签约，没有再登记。",
        "This person is debited by an agreement already, so no second one was recorded.",
        ("要换银行，请先解除原签约。", "End the first one to change the bank."),
    )


def not_debited() -> Refusal:
    return Refusal(
        "not_debited",
        "此人没有有效的代扣签约，没有解除。",
        "This person has no agreement in force, so none was ended.",
        ("请刷新页面核对。", "Load the page again."),
    )


def channel_of_another_kind() -> Refusal:
    return Refusal(
        "channel_of_another_kind",
        "这个渠道不能这样缴费，没有办理。",
        "Nothing is paid like that through this channel, so nothing was done.",
        ("请选同一统筹区的渠道。", "Choose a channel of that kind and pooling area."),
    )


def nobody_to_debit(left_out: int) -> Refusal:
    return Refusal(
        "nobody_to_debit",
        f"这个地方没有可以代扣的应缴单（另有{left_out}张情况有变，要先重新开单），没有生成文件。",
        f"No open bill there can be debited ({left_out} more are no longer right), so no file was made.",
        ("请先登记代扣签约、开出应缴单。", "Record agreements and issue bills first."),
    )


def bad_file(fault: BadFile) -> Refusal:
    zh = f"第{fault.row}行{fault.column}：{fault.zh}" if fault.row else fault.zh
    en = f"row {fault.row}, {fault.column}: {fault.en}" if fault.row else fault.en
    return Refusal(
        "bad_file",
        f"回盘文件没有读入。{zh}。",
        f"The answer was not taken in: {en}.",
        ("请让银行核对后重新给一份完整的文件。", "Ask the bank to check it and to send the whole file again."),
    )


def run_not_found(batch: str) -> Refusal:
    return Refusal(
        "run_not_found",
        f"没有批次“{batch}”的送盘文件，回盘没有读入。",
        f"No file of batch “{batch}” was made here, so the answer was not taken in.",
        ("请核对批次号和银行。", "Check the batch number and the bank."),
    )


def answer_contradicts(batch: str) -> Refusal:
    return Refusal(
        "answer_contradicts",
        f"批次{batch}已读入另一份内容不同的回盘，这一份没有读入。",
        f"Another answer to batch {batch}, which says something else, was taken in; this one was not.",
        (
            "一个批次只有一份回盘。请向银行查明哪一份对，差错用对账处理。",
            "A batch has one answer. Ask the bank which is right.",
        ),
    )


def answer_incomplete(said: int, sent: int) -> Refusal:
    return Refusal(
        "answer_incomplete",
        f"送盘{sent}行，回盘只有{said}行，没有读入。",
        f"We sent {sent} lines and the answer has {said}, so it was not taken in.",
        ("请让银行重新给一份完整的回盘。", "Ask the bank for the whole answer."),
    )


def unknown_line(row: int) -> Refusal:
    return Refusal(
        "unknown_line",
        f"第{row}行不是这个批次送盘里的一行，或应缴单、协议号对不上，回盘没有读入。",
        f"Row {row} is no line of this batch, or names another bill or agreement, so the answer was not taken in.",
        ("请让银行核对后重新给一份。", "Ask the bank to check it and to send it again."),
    )


def nobody_on_list() -> Refusal:
    return Refusal(
        "nobody_on_list",
        "没有选人，名单没有做成。",
        "Nobody was chosen, so no list was made.",
        ("请勾选要一起缴的人。", "Tick whom it is paid for."),
    )


def bills_changed() -> Refusal:
    return Refusal(
        "bills_changed",
        "选的人里有的已经缴清、应缴单有变，或在另一份名单、银行代扣里，名单没有做成。",
        "Some of those chosen have paid, have another bill, or wait on another list or file; no list was made.",
        ("请刷新页面重新勾选。", "Load the page again and tick anew."),
    )


def institution_missing() -> Refusal:
    return Refusal(
        "institution_missing",
        "没有写单位名称，名单没有做成。",
        "The institution's name is missing, so no list was made.",
        ("请写学校、村居或单位的名称。", "Write the name of the school, village or unit."),
    )


def list_not_found() -> Refusal:
    return Refusal(
        "list_not_found",
        "没有查到这份名单。",
        "There is no such list here.",
        ("请刷新页面核对。", "Load the page again."),
    )


def list_closed() -> Refusal:
    return Refusal(
        "list_closed",
        "这份名单已付款或已撤销，没有办理。",
        "This list is paid or dropped already, so nothing was done.",
        ("请刷新页面查看。", "Load the page again."),
    )


def wrong_sum(given_fen: int, sum_fen: int) -> Refusal:
    given, due = yuan_said(given_fen), yuan_said(sum_fen)
    return Refusal(
        "wrong_sum",
        f"到账{given}元，名单合计{due}元，金额不符，没有入账。",
        f"{given} yuan came and the list comes to {due} yuan, so nothing was settled.",
        (
            "一份名单一笔付款，金额正好相等。请核对，或撤销后重做名单。",
            "A list is paid by one payment of exactly its sum. Check, or drop the list and make it anew.",
        ),
    )


def bad_transfer() -> Refusal:
    return Refusal(
        "bad_transfer",
        "银行流水号（最多40位字母、数字或横线）和付款时间都要填，付款时间不能在现在之后，没有入账。",
        "The bank's serial (40 letters, digits or dashes at most) and the time of payment, not later than now, are"
        " needed; nothing was settled.",
        ("请照银行回单填写。", "Copy them from the bank's paper."),
    )


def reference_known() -> Refusal:
    return Refusal(
        "reference_known",
        "这个银行流水号已用于另一份名单，没有入账。",
        "The serial of this transfer paid another list already, so nothing was settled.",
        ("请核对银行回单。", "Check the bank's paper."),
    )


def not_by_hand() -> Refusal:
    return Refusal(
        "not_by_hand",
        "这笔钱没有等人工记录的退款，没有办理。",
        "No refund of this money waits to be recorded, so nothing was done.",
        ("请刷新页面查看退款到了哪一步。", "Load the page again to see how far it is."),
    )
