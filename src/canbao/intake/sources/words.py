"""What lists write for the codes of the register."""

from __future__ import annotations

SEX = {"男": "male", "女": "female", "男性": "male", "女性": "female", "1": "male", "2": "female"}

KINSHIP = {
    "户主": "head", "本人": "head", "本人或户主": "head", "配偶": "spouse", "妻": "spouse", "夫": "spouse",
    "妻子": "spouse", "丈夫": "spouse", "子": "child", "女": "child", "长子": "child", "次子": "child",
    "三子": "child", "四子": "child", "长女": "child", "次女": "child", "二女": "child", "三女": "child",
    "四女": "child", "独生子": "child", "独生女": "child", "儿子": "child", "女儿": "child", "子女": "child",
    "养子": "child", "养女": "child", "继子": "child", "继女": "child", "儿媳": "child_in_law",
    "女婿": "child_in_law", "孙子": "grandchild", "孙女": "grandchild", "外孙子": "grandchild",
    "外孙女": "grandchild", "外孙": "grandchild", "孙子女": "grandchild", "父亲": "parent", "母亲": "parent",
    "父": "parent", "母": "parent", "父母": "parent", "公公": "parent", "婆婆": "parent", "岳父": "parent",
    "岳母": "parent", "其他": "other", "非亲属": "other", "兄弟": "other", "姐妹": "other", "祖父": "other",
    "祖母": "other", "侄子": "other", "侄女": "other", "其他亲属": "other",
}  # fmt: skip

HUKOU_KIND = {
    "农业": "rural", "农业户口": "rural", "农村": "rural", "农业家庭户口": "rural", "非农业": "urban",
    "非农业户口": "urban", "城镇": "urban", "城市": "urban", "非农业家庭户口": "urban", "居民": "urban",
}  # fmt: skip

SCHOOL_KIND = {
    "幼儿园": "preschool", "学前": "preschool", "小班": "preschool", "中班": "preschool", "大班": "preschool",
    "小学": "pupil", "初中": "pupil", "高中": "pupil", "中小学": "pupil", "普通高中": "pupil", "中学": "pupil",
    "九年一贯制": "pupil", "特殊教育": "pupil", "中职": "vocational", "职高": "vocational", "中专": "vocational",
    "技校": "vocational", "职业高中": "vocational", "中等职业": "vocational",
}  # fmt: skip

UNIVERSITY_KIND = {
    "大学": "university", "本科": "university", "专科": "university", "大专": "university", "高职": "university",
    "研究生": "university", "硕士": "university", "博士": "university", "全日制": "university", "预科": "university",
}  # fmt: skip

PERMIT = {
    "居住证": "ordinary", "普通居住证": "ordinary", "积分达标居住证": "points_qualified",
    "积分居住证": "points_qualified", "积分达标": "points_qualified",
    "海外人才居住证B证": "class_b", "B证": "class_b", "居住证B证": "class_b",
    "外国人永久居留身份证": "foreign_permanent", "外国人永久居留证": "foreign_permanent",
    "港澳台居民居住证": "hmt", "港澳居民居住证": "hmt", "台湾居民居住证": "hmt",
}  # fmt: skip

PERMIT_RELATION = {
    "本人": "holder", "持证人": "holder", "配偶": "spouse", "子女": "child", "未成年子女": "child", "随迁子女": "child",
}  # fmt: skip

CATEGORY = {
    "特困人员": "extreme_poverty", "特困": "extreme_poverty", "特困供养": "extreme_poverty", "五保": "extreme_poverty",
    "低保对象": "subsistence_allowance", "低保": "subsistence_allowance", "城市低保": "subsistence_allowance",
    "农村低保": "subsistence_allowance", "全额低保": "subsistence_allowance", "差额低保": "subsistence_allowance",
    "低保边缘": "subsistence_margin", "低保边缘家庭成员": "subsistence_margin", "返贫致贫人口": "poverty_returned",
    "返贫致贫": "poverty_returned", "脱贫不稳定": "poverty_monitored_unstable",
    "脱贫不稳定户": "poverty_monitored_unstable", "边缘易致贫": "poverty_monitored_margin",
    "边缘易致贫户": "poverty_monitored_margin", "突发严重困难": "poverty_monitored_sudden",
    "突发严重困难户": "poverty_monitored_sudden", "脱贫享受政策": "poverty_alleviated",
    "脱贫享受政策人口": "poverty_alleviated", "脱贫人口": "poverty_alleviated", "孤儿": "orphan",
    "事实无人抚养儿童": "unsupported_child", "重点困境儿童": "key_hardship_child",
    "受艾滋病影响儿童": "hiv_affected_child", "重度残疾人": "severe_disability", "重度残疾": "severe_disability",
    "一级": "severe_disability", "二级": "severe_disability", "优抚对象": "preferential_treatment",
    "抚恤定补优抚对象": "preferential_treatment", "独女家庭": "family_planning_one_girl",
    "计划生育独女家庭": "family_planning_one_girl", "两女家庭": "family_planning_two_girls",
    "计划生育两女家庭": "family_planning_two_girls", "独生子女死亡伤残家庭": "family_planning_lost_child",
    "失独家庭": "family_planning_lost_child", "高龄老人": "advanced_age",
}  # fmt: skip
