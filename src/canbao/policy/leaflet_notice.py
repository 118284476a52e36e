"""What a notice says besides figures, in words: where to register and pay, who owes what by when, whom to ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from .explain import yuan
from .model import Cited, Words
from .notice import Actor, Benefit, Channel, Named, Notice, RefundRule, Route, Task
from .policy import Policy
from .said import Said, cited

NOTICE_SECTIONS: Final = {
    "routes": ("参保登记途径", "How to register"),
    "channels": ("缴费渠道", "How to pay"),
    "mutual_aid": ("家庭共济缴费", "Family mutual aid"),
    "benefits": ("待遇、激励与证明", "Benefits, incentives, certificates"),
    "refunds": ("退费", "Refunds"),
    "answers": ("问答", "Questions and answers"),
    "contacts": ("联系方式", "Contacts"),
    "calendar": ("日程", "Calendar"),
    "tasks": ("职责", "Duties"),
    "lists": ("名单与资金", "Lists and money"),
    "controls": ("督查、禁止事项与其他", "Supervision, prohibitions and the rest"),
}
ACTORS: Final[dict[Actor, tuple[str, str]]] = {
    "agriculture_rural": ("农业农村", "agriculture and rural affairs"),
    "bank": ("银行", "banks"),
    "carrier": ("通信公司", "telephone companies"),
    "city_government": ("市政府", "city government"),
    "civil_affairs": ("民政", "civil affairs"),
    "collection_agent": ("代征人员", "collection agents"),
    "county_government": ("县级政府", "county government"),
    "department": ("相关部门", "departments"),
    "disabled_federation": ("残联", "disabled persons' federation"),
    "education": ("教育", "education"),
    "enterprise": ("企事业单位", "enterprises"),
    "finance": ("财政", "finance"),
    "health": ("卫健", "health"),
    "hospital": ("医疗机构", "hospitals"),
    "human_resources": ("人社", "human resources"),
    "media": ("融媒体中心", "media centre"),
    "medical_insurance": ("医保", "medical insurance"),
    "police": ("公安", "police"),
    "resident": ("居民", "residents"),
    "rural_revitalisation": ("乡村振兴", "rural revitalisation"),
    "school": ("学校", "schools"),
    "statistics": ("统计", "statistics"),
    "supervision_centre": ("督办中心", "supervision centre"),
    "tax": ("税务", "tax"),
    "town": ("镇街", "towns and streets"),
    "veterans": ("退役军人事务", "veterans"),
    "village": ("村（社区）", "villages and communities"),
}
SECTION_KINDS: Final = {
    "routes": ("routes",),
    "channels": ("channels",),
    "mutual_aid": ("mutual_aid",),
    "benefits": ("benefits", "incentives", "certificate"),
    "refunds": ("refunds",),
    "answers": ("answers",),
    "contacts": ("contacts",),
    "tasks": ("tasks",),
    "lists": ("lists", "funding"),
    "controls": ("supervision", "controls"),
}
"""Which parts of a notice each section of the leaflet tells; the calendar is the tasks that have a day."""
KINDS: Final = {
    "facts": ("说明", "facts"),
    "routes": ("登记途径", "registration"),
    "channels": ("缴费渠道", "payment"),
    "tasks": ("职责", "duties"),
    "lists": ("名单提供部门", "list providers"),
    "funding": ("资金流程", "money for aid"),
    "supervision": ("督查分组", "supervision groups"),
    "contacts": ("联系方式", "contacts"),
    "mutual_aid": ("家庭共济", "mutual aid"),
    "certificate": ("缴费证明", "certificates"),
    "refunds": ("退费", "refunds"),
    "incentives": ("激励", "incentives"),
    "benefits": ("待遇表", "benefits"),
    "controls": ("禁止事项", "prohibitions"),
    "answers": ("问答", "answers"),
}


def of_notice(policy: Policy) -> Iterator[Said]:
    """Every part of the notice file, then what the notice does not give. Nothing for a policy without a notice file."""
    notice = policy.notice
    if notice == Notice():
        return
    for key, route in notice.routes.items():
        yield _said(policy, ("routes", key), route, *_route(route))
    for key, channel in notice.channels.items():
        yield _said(policy, ("channels", key), channel, *_channel(channel))
    yield from _mutual_aid(policy)
    yield from _benefits(policy)
    for key, rule in notice.refunds.items():
        yield _said(policy, ("refunds", key), rule, *_refund(rule))
    for key, answer in notice.answers.items():
        zh, en = (f"{getattr(answer.question, code)} {getattr(answer.answer, code)}" for code in ("zh", "en"))
        yield _said(policy, ("answers", key), answer, zh, en)
    yield from _contacts(policy)
    for _, key, task in notice.calendar:
        yield _said(policy, ("calendar", key), task, *_task(task))
    dated = {key for _, key, _ in notice.calendar}
    for key, task in notice.tasks.items():
        if key not in dated:
            yield _said(policy, ("tasks", key), task, *_task(task))
    yield from _lists(policy)
    yield from _controls(policy)


def _said(policy: Policy, key: tuple[str, ...], part: Cited, zh: str, en: str) -> Said:
    return Said(key, zh, en, *cited(policy, part))


def actors(found: Iterable[Actor]) -> tuple[str, str]:
    """Who, in both languages."""
    names = [ACTORS[actor] for actor in found]
    return "、".join(zh for zh, _ in names), ", ".join(en for _, en in names)


def _all(words: Iterable[Words]) -> tuple[str, str]:
    found = list(words)
    return "、".join(each.zh for each in found), ", ".join(each.en for each in found)


def _named(parts: Iterable[Named]) -> tuple[str, str]:
    return _all(part.name for part in parts)


def _route(route: Route) -> tuple[str, str]:
    zh, en = f"{route.name.zh}（{route.who.zh}）", f"{route.name.en} ({route.who.en})"
    if route.steps:
        zh, en = f"{zh}：{'→'.join(route.steps)}", f"{en}: {' → '.join(route.steps)}"
    if route.place is not None:
        zh, en = f"{zh}，地点：{route.place.zh}", f"{en}; at: {route.place.en}"
    if route.organisation:
        who = actors(route.organisation)
        zh, en = f"{zh}，由{who[0]}办理", f"{en}; by {who[1]}"
    if route.evidence:
        shown = _all(route.evidence)
        zh, en = f"{zh}，携带{shown[0]}", f"{en}; bring: {shown[1]}"
    if route.any_of:
        any_of = _named(route.any_of)
        zh, en = f"{zh}，任一条件：{any_of[0]}", f"{en}; any of: {any_of[1]}"
    if (after := route.payable_after) is not None:
        days = str(after.least) if after.least == after.most else f"{after.least}-{after.most}"
        zh, en = f"{zh}，{days}个工作日后可缴费", f"{en}; payable {days} working days later"
    return zh, en


def _channel(channel: Channel) -> tuple[str, str]:
    zh, en = channel.name.zh, channel.name.en
    if channel.mode == "device":
        zh, en = f"{zh}（自助设备）", f"{en} (device)"
    if channel.paths:
        paths = ["→".join(path) for path in channel.paths]
        zh, en = f"{zh}：{'；'.join(paths)}", f"{en}: {'; '.join(paths)}"
    elif len(channel.providers) > 1:
        zh, en = f"{zh}：{'、'.join(channel.providers)}", f"{en}: {', '.join(channel.providers)}"
    if channel.address is not None:
        zh, en = f"{zh}，{channel.address}", f"{en}, {channel.address}"
    if channel.valid_in is not None:
        zh, en = f"{zh}，{channel.valid_in.zh}", f"{en}; {channel.valid_in.en}"
    if channel.evidence:
        shown = _all(channel.evidence)
        zh, en = f"{zh}，携带{shown[0]}", f"{en}; bring: {shown[1]}"
    for item in channel.items:
        zh, en = f"{zh}，{item.who.zh}选“{item.choose}”", f"{en}; {item.who.en}: choose {item.choose}"
    return zh, en


def _mutual_aid(policy: Policy) -> Iterator[Said]:
    aid = policy.notice.mutual_aid
    if aid is None:
        return
    yield _said(policy, ("mutual_aid", "relations"), aid, *_named(aid.relations))
    for key in ("balance", "whole_amount", "closes_bill"):
        part: Named = getattr(aid, key)
        yield _said(policy, ("mutual_aid", key), part, part.name.zh, part.name.en)
    if aid.places:
        yield _said(policy, ("mutual_aid", "places"), aid.places[0], *_named(aid.places))
    for key, group in aid.groups.items():
        until = f"{group.confirm_before:%Y-%m-%d %H:%M}"
        zh, en = f"{group.name.zh}：{until}前（不含）确认", f"{group.name.en}: confirm before {until}, strictly"
        if group.deducted_at_approval:
            zh, en = f"{zh}，审核通过时扣款", f"{en}; deducted at approval"
        else:
            zh, en = f"{zh}，{group.deducted_from}起分批扣款", f"{en}; deducted in batches from {group.deducted_from}"
        if group.result_after is not None:
            zh, en = f"{zh}，{group.result_after}后查询结果", f"{en}; the result shows after {group.result_after}"
        if (days := group.result_days_after_approval) is not None:
            zh, en = f"{zh}，审核通过{days}日后查询结果", f"{en}; days from approval to the result: {days}"
        yield _said(policy, ("mutual_aid", "groups", key), group, zh, en)


def _benefits(policy: Policy) -> Iterator[Said]:
    notice = policy.notice
    for key, row in notice.benefits.items():
        yield _said(policy, ("benefits", key), row, *_benefit(policy, row))
    for key, part in notice.incentives.items():
        yield _said(policy, ("benefits", "incentives", key), part, part.name.zh, part.name.en)
    if (paper := notice.certificate) is not None:
        zh, en = _all(paper.places)
        days = paper.after_working_days
        words = (f"缴费证明：扣款成功{days}个工作日后，{zh}", f"Certificate: {days} working days after payment; {en}")
        yield _said(policy, ("benefits", "certificate"), paper, *words)


BEFORE: Final = {
    "benefit_year": ("年度开始前", "before the benefit year begins"),
    "cover": ("享受待遇前", "before cover begins"),
}


def _refund(rule: RefundRule) -> tuple[str, str]:
    zh, en = rule.name.zh, rule.name.en
    day_zh, day_en = ("去世", "died") if rule.counts == "death" else ("申请", "applied for")
    before_zh, before_en = BEFORE[rule.before] if rule.before else ("任何时候", "at any time")
    zh, en = f"{zh}：{before_zh}{day_zh}的可以退", f"{en}: given back if {day_en} {before_en}"
    if not rule.ends_enrolment:
        zh, en = f"{zh}，随后重新开应缴单", f"{en}; a new bill follows"
    shown = _all(rule.evidence)
    return f"{zh}，携带{shown[0]}", f"{en}; bring: {shown[1]}"


def _benefit(policy: Policy, row: Benefit) -> tuple[str, str]:
    zh, en = [row.name.zh], [row.name.en]
    if row.outpatient_deductible_fen is not None:
        zh.append(f"门诊起付线{yuan(row.outpatient_deductible_fen)}")
        en.append(f"outpatient deductible {yuan(row.outpatient_deductible_fen, 'en')}")
    if row.clinic is not None:
        zh.append(f"{row.clinic.zh}{row.clinic_percent}%，不计入起付线")
        en.append(f"{row.clinic.en} {row.clinic_percent} % outside it")
    if row.outpatient_percent:
        zh.append(f"门诊一、二、三级医院{_levels(row.outpatient_percent)}%")
        en.append(f"outpatient by hospital level {_levels(row.outpatient_percent)} %")
    if row.inpatient_deductible_fen:
        zh.append(f"住院每次起付线{'/'.join(yuan(fen) for fen in row.inpatient_deductible_fen)}")
        en.append(f"each admission {' / '.join(yuan(fen, 'en') for fen in row.inpatient_deductible_fen)}")
    if row.inpatient_percent:
        zh.append(f"住院{_levels(row.inpatient_percent)}%")
        en.append(f"inpatient {_levels(row.inpatient_percent)} %")
    if row.as_class is not None:
        same = policy.file.classes[row.as_class].name
        zh.append(f"按{same.zh}报销")
        en.append(f"as {same.en}")
    if row.off_site:
        places = _all(row.off_site)
        zh.append(places[0])
        en.append(places[1])
    return "，".join(zh), "; ".join(en)


def _levels(percents: list[int]) -> str:
    return "/".join(str(percent) for percent in percents)


def _contacts(policy: Policy) -> Iterator[Said]:
    for key, contact in policy.notice.contacts.items():
        zh, en = contact.name.zh, contact.name.en
        if contact.topic is not None:
            zh, en = f"{zh}（{contact.topic.zh}）", f"{en} ({contact.topic.en})"
        for person in contact.people:
            name = f" {person.name}" if person.name else ""
            told_zh, told_en = ACTORS[person.actor]
            zh, en = f"{zh} {told_zh}{name} {person.phone}", f"{en}; {told_en}:{name} {person.phone}"
        yield _said(policy, ("contacts", key), contact, zh, en)


def _task(task: Task) -> tuple[str, str]:
    (owner_zh, owner_en), (to_zh, to_en) = actors(task.owner), actors(task.to)
    zh, en = f"{owner_zh}：{task.name.zh}", f"{owner_en}: {task.name.en}"
    if task.to:
        zh, en = f"{zh}（对象：{to_zh}）", f"{en} (to: {to_en})"
    if task.opens is not None and task.due is not None:
        zh, en = f"{task.opens}至{task.due}，{zh}", f"{task.opens} to {task.due}, {en}"
    elif task.opens is not None:
        zh, en = f"{task.opens}起，{zh}", f"From {task.opens}, {en}"
    elif task.due is not None:
        zh, en = f"{task.due}前，{zh}", f"By {task.due}, {en}"
    if task.document is not None and task.document not in task.name.zh:
        zh, en = f"{zh}，{task.document}", f"{en}; document: {task.document}"
    if task.address is not None:
        zh, en = f"{zh}，{task.address}", f"{en}; to {task.address}"
    if task.least_days is not None:
        zh, en = f"{zh}，不少于{task.least_days}天", f"{en}; days at least: {task.least_days}"
    if task.least_a_month is not None:
        zh, en = f"{zh}，每月不少于{task.least_a_month}次", f"{en}; times a month at least: {task.least_a_month}"
    return zh, en


def _lists(policy: Policy) -> Iterator[Said]:
    notice = policy.notice
    rules = {rule.category: rule.name for rule in policy.file.aid.rules.values() if rule.category}
    for key, listed in notice.lists.items():
        who = ACTORS[listed.department]
        whom = [rules.get(code, Words(zh=code, en=code)) for code in listed.categories]
        zh, en = _all(whom) if whom else ("类别未配置", "categories not configured")
        if listed.includes:
            zh, en = f"{zh}（{'、'.join(listed.includes)}）", f"{en} ({', '.join(listed.includes)})"
        if listed.document is not None:
            zh, en = f"{zh}，{listed.document}", f"{en}; {listed.document}"
        yield _said(policy, ("lists", key), listed, f"{who[0]}提供名单：{zh}", f"List from {who[1]}: {en}")
    for key, flow in notice.funding.items():
        (zh, en), (who_zh, who_en), budget = _named(flow.steps), actors(flow.applicants), _all(flow.from_budget)
        accounts = "、".join(dict.fromkeys(step.account for step in flow.steps if step.account))
        zh = f"{flow.name.zh}：{zh}；申请：{who_zh}；预算：{budget[0]}" + (f"；账户：{accounts}" if accounts else "")
        en = f"{flow.name.en}: {en}; applied for by {who_en}; budget: {budget[1]}"
        yield _said(policy, ("lists", "funding", key), flow, zh, f"{en}; account: {accounts}" if accounts else en)


def _controls(policy: Policy) -> Iterator[Said]:
    notice = policy.notice
    for key, group in notice.supervision.items():
        units = "、".join(group.units)
        zh = f"{group.leader}带队，医保{group.medical_insurance}、税务{group.tax}：{units}"
        en = f"Led by {group.leader}, medical insurance {group.medical_insurance}, tax {group.tax}: {units}"
        yield _said(policy, ("controls", "supervision", key), group, zh, en)
    for key, control in notice.controls.items():
        zh, en = actors(control.binds)
        yield _said(policy, ("controls", key), control, f"{zh}：{control.name.zh}", f"{en}: {control.name.en}")
    for key, fact in notice.facts.items():
        value = "" if fact.value is None or str(fact.value) in fact.name.zh else str(fact.value)
        zh, en = (f"{name} {value}".rstrip() for name in (fact.name.zh, fact.name.en))
        yield _said(policy, ("controls", "facts", key), fact, zh, en)
    if absent := [KINDS[name] for name in notice.not_configured]:
        zh, en = "、".join(zh for zh, _ in absent), ", ".join(en for _, en in absent)
        yield Said(("controls", "absent"), f"通知未载明：{zh}", f"Not stated in the notice: {en}")
