"""How a person's name is read: surnames have readings of their own."""

from __future__ import annotations

import re

from canbao.areas.pinyin import joined, syllables

PINYIN_MAX, INITIALS_MAX = 120, 30
_BETWEEN = re.compile(r"[ ·'.\-]+")

SURNAMES: dict[str, tuple[str, ...]] = {
    "单": ("shan",),
    "仇": ("qiu",),
    "解": ("xie",),
    "区": ("ou",),
    "曾": ("zeng",),
    "查": ("zha",),
    "朴": ("piao",),
    "盖": ("ge",),
    "任": ("ren",),
    "华": ("hua",),
    "尹": ("yin",),
    "覃": ("qin",),
    "乐": ("yue",),
    "翟": ("zhai",),
    "黑": ("he",),
    "折": ("she",),
    "召": ("shao",),
    "种": ("chong",),
    "秘": ("bi",),
    "繁": ("po",),
    "员": ("yun",),
    "洗": ("xian",),
    "冼": ("xian",),
    "晟": ("cheng",),
    "缪": ("miao",),
    "燕": ("yan",),
    "宁": ("ning",),
    "应": ("ying",),
    "要": ("yao",),
    "逄": ("pang",),
    "隗": ("wei",),
    "郇": ("xun",),
    "晁": ("chao",),
    "相": ("xiang",),
    "过": ("guo",),
    "哈": ("ha",),
    "纪": ("ji",),
    "葛": ("ge",),
    "石": ("shi",),
    "沈": ("shen",),
    "尉迟": ("yu", "chi"),
    "万俟": ("mo", "qi"),
    "长孙": ("zhang", "sun"),
    "单于": ("chan", "yu"),
    "令狐": ("ling", "hu"),
    "宰父": ("zai", "fu"),
    "澹台": ("tan", "tai"),
    "欧阳": ("ou", "yang"),
    "上官": ("shang", "guan"),
    "司马": ("si", "ma"),
    "诸葛": ("zhu", "ge"),
    "夏侯": ("xia", "hou"),
    "皇甫": ("huang", "fu"),
    "尉": ("wei",),
}


def name_reading(name: str) -> tuple[str, str]:
    """Pinyin and initials of a person's name: 单桂兰 → ("shanguilan", "sgl"), Anne Smith → ("annesmith", "as")."""
    first, *more = _BETWEEN.split(name)
    if more:
        read = [name_reading(first), *(joined(syllables(part)) for part in more)]
        return _kept(("".join(pinyin for pinyin, _ in read), "".join(initials for _, initials in read)))
    for length in (2, 1):
        if (surname := SURNAMES.get(name[:length])) is not None:
            return _kept(joined(surname + syllables(name[length:])))
    return _kept(joined(syllables(name[:1]) + syllables(name[1:]) if not name.isascii() else (name.lower(),)))


def _kept(read: tuple[str, str]) -> tuple[str, str]:
    return read[0][:PINYIN_MAX], read[1][:INITIALS_MAX]
