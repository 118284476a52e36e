"""What codes are called on a page. Codes are those of the contract; every word is translatable."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = Mapping[str, str | Promise]

PAYERS: Words = {
    "personal": _("本人"),
    "medical_assistance_fund": _("医疗救助资金"),
    "state_finance": _("中央财政"),
    "province_finance": _("省级财政"),
    "city_finance": _("市财政"),
    "county_finance": _("区县财政"),
    "township_finance": _("镇街财政"),
    "village_collective": _("村集体"),
    "school": _("学校"),
    "other_government": _("政府（文件未写明哪一级）"),
}

CATEGORIES: Words = {
    "extreme_poverty": _("特困人员"),
    "subsistence_allowance": _("低保对象"),
    "subsistence_margin": _("低保边缘家庭成员"),
    "poverty_returned": _("返贫致贫人口"),
    "poverty_monitored_unstable": _("脱贫不稳定"),
    "poverty_monitored_margin": _("边缘易致贫"),
    "poverty_monitored_sudden": _("突发严重困难"),
    "poverty_alleviated": _("脱贫享受政策人口"),
    "orphan": _("孤儿"),
    "unsupported_child": _("事实无人抚养儿童"),
    "key_hardship_child": _("重点困境儿童"),
    "hiv_affected_child": _("受艾滋病影响儿童"),
    "severe_disability": _("重度残疾人"),
    "preferential_treatment": _("抚恤定补优抚对象"),
    "family_planning_one_girl": _("计划生育独女家庭"),
    "family_planning_two_girls": _("计划生育两女家庭"),
    "family_planning_lost_child": _("独生子女死亡伤残家庭"),
    "advanced_age": _("高龄老人"),
    "age_60_69": _("60 至 69 岁老人"),
    "age_70_plus": _("70 岁及以上老人"),
}


WHY_NOT: Words = {
    "employee_insured": _("参加了职工医保"),
    "insured_elsewhere": _("在外地参加了居民医保"),
    "student_elsewhere": _("在外地上学并参保"),
    "army": _("现役军人"),
    "prison": _("服刑人员"),
    "died": _("已去世"),
    "moved": _("已迁出"),
    "lost_contact": _("联系不上"),
    "refuses": _("不愿参保"),
    "unknown": _("原因不明"),
}

AUDITED: Words = {
    "staff_grant": _("授权"),
    "registry_resident": _("居民"),
    "registry_household": _("户"),
    "registry_residentcategory": _("认定的类别"),
    "registry_residentfact": _("带日期的情况"),
    "registry_formerdocument": _("原来的证件"),
    "registry_merge": _("合并"),
    "payments_channel": _("缴费渠道"),
    "payments_mandate": _("代收委托"),
    "payments_listedcode": _("收款码"),
    "payments_debitmandate": _("代扣签约"),
    "mutual_aid_relative": _("家庭共济关系"),
    "enrolment_unenrolledreason": _("未参保原因"),
}

SHOWN: Words = {
    "person": _("个人页面"),
    "number": _("证件号码"),
    "phone": _("电话"),
    "bank_card": _("银行卡号"),
    "list": _("名单"),
    "evidence": _("证明材料"),
}

TIERS: Words = {"low": _("低档"), "high": _("高档")}

HELD: Words = {
    "wrong_amount": _("付的金额和应缴金额不一样。"),
    "wrong_item": _("选的缴费项目不对。"),
    "double": _("这张应缴单已经缴过，多付了一次。"),
    "unknown_bill": _("不知道这笔钱是给谁缴的。"),
    "void_bill": _("付款时应缴单已作废。"),
    "after_death": _("户籍登记显示参保人已去世。"),
    "after_close": _("付款时集中缴费期已结束，金额不再合适。"),
    "outdated": _("开单后情况有变，金额或待遇已不同。"),
    "over": _("长款"),
}

ALARMS: Words = {"forged": _("签名不符"), "alien": _("不属于本渠道"), "conflict": _("前后矛盾")}

BILL_STATES: Words = {"issued": _("待缴费"), "settled": _("已结清"), "void": _("已作废"), "refunded": _("已退费")}

REASONS: Words = {
    "employee_insured": _("本年度已参加职工医保，不能同时参加居民医保。"),
    "insured_elsewhere": _("本年度已在其他统筹区参加居民医保，不能重复参保。"),
    "area_missing": _("还不知道您与本地的关系：请选择户籍、居住或就学情况。"),
    "no_permit": _("住在本地，但没有本地户籍、居住证或学籍，不在本地参保范围。"),
    "outside_scope": _("户籍、居住和就学都不在本地，不在本地参保范围。"),
    "tier_missing": _("本地有两个缴费档次，请先选择档次。"),
    "repair_exceeds_gap": _("想补缴的年数比断保的年数多，请减少补缴年数。"),
    "year_over": _("缴费日期已在本年度结束之后，不能再参加本年度的居民医保。"),
}

ADVICE: Words = {
    "employee_insured": _("若已离职，请先停保职工医保，再来登记。"),
    "insured_elsewhere": _("若想改在本地参保，请先在原参保地停保。"),
    "area_missing": _("回到上面的问题，选一项最符合的情况。"),
    "no_permit": _("可以在户籍地参保，或先办理居住证再来登记。"),
    "outside_scope": _("请换成您的户籍地、居住地或就读学校所在地。"),
    "tier_missing": _("在“缴费档次”中选择低档或高档。"),
    "repair_exceeds_gap": _("补缴年数不能超过断保年数。"),
    "year_over": _("请查看下一年度的政策，或向参保地医保经办机构咨询。"),
}


def word(words: Words, code: str | None) -> str:
    """The word for a code in the active language; a code without one is shown as it is, so that nothing is hidden."""
    return str(words.get(code or "", code or ""))
