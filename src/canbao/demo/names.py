"""Names made of the commonest surnames and of characters usual for a generation; who bears one does so by chance."""

from __future__ import annotations

from random import Random

_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏"
    "钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文单仇解查盖翟"
)
# Roughly as the register of names falls off: the first few surnames are a third of the people.
_WEIGHTS = [1 / (rank + 6) for rank in range(len(_SURNAMES))]
_GIVEN = {
    ("female", "old"): "桂兰秀英玉珍凤芹淑华素梅翠荣月香秋菊爱莲春芳",
    ("female", "middle"): "丽红艳霞敏静芳燕娟萍玲慧莉云琴琳雪梅颖洁",
    ("female", "young"): "雨桐欣怡梓涵诗琪一诺可馨语晨思妍佳宁若曦子萱",
    ("male", "old"): "国建德福明义长永贵树林庆祥保山玉堂洪宝文志",
    ("male", "middle"): "伟强军勇杰涛磊刚斌鹏辉峰波超飞亮宁海建文",
    ("male", "young"): "浩然子轩宇航俊熙梓豪一鸣博文皓宸泽宇睿嘉铭晨",
}


def surname(chance: Random) -> str:
    return chance.choices(_SURNAMES, _WEIGHTS)[0]


def given_name(chance: Random, sex: str, birth_year: int) -> str:
    """Two characters, sometimes one in the years when that was usual."""
    era = "old" if birth_year < 1968 else "middle" if birth_year < 2000 else "young"
    characters = _GIVEN[sex, era]
    first = chance.choice(characters)
    if era == "middle" and chance.random() < 0.45:
        return first
    second = chance.choice(characters)
    while second == first:
        second = chance.choice(characters)
    return first + second
