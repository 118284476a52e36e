"""The reference of the register: what a person's record holds, made from the models and codes of canbao.registry."""

from __future__ import annotations

from tests.house.sources import ROOT

PAGE = ROOT / "docs" / "reference" / "register.md"

# In which form a column is kept; the rest says its codes or its type.
_FORMS = {
    "name": "as on the document",
    "birth_on": "day", "died_on": "day", "hukou_since": "day when the household register came here",
    "village_code": "12 digits: where the person is looked after, which decides who sees the row",
    "hukou_area": "6 to 12 digits", "residence_area": "6 to 12 digits", "school_area": "6 to 12 digits",
    "disability_grade": "1 to 4", "covered_years": "benefit years", "last_cover_end": "day, the last one",
    "attributes": "JSON, what a local policy names", "pinyin": "the name read, without spaces",
    "initials": "first letters of the reading", "invented": "of a demo, never of a real person",
    "kinship": "to the head of the household", "household": "the household, or none",
    "merged_into": "the row that the person is kept under, or none",
}  # fmt: skip


def register_page() -> str:
    from django.utils.translation import override

    with override("zh-hans"):
        return "\n".join([*_intro(), *_columns(), *_documents(), *_facts(), *_categories(), *_histories(), ""])


def _intro() -> list[str]:
    return [
        "# The register",
        "",
        "What the product keeps of a person, made by `make docs` from `src/canbao/registry`. Days are ISO; a period is",
        "written [first day, first day without it). Pages show numbers masked; each unmasked reading is logged",
        "([why](../decisions/0014-sealed-numbers.md)). Policies ask for these facts in the words of the",
        "[contract](contract.md).",
    ]


def _columns() -> list[str]:
    from canbao.registry.models import Household, Resident

    found = ["", "## A person", "", "| column | holds |", "|---|---|"]
    for field in Resident._meta.concrete_fields:
        name = field.name
        if name in ("id", "pooling_area") or name.endswith(("_index", "_tail")):
            continue
        if name.endswith("_sealed"):
            found.append(f"| `{name}` | sealed under the data keys |")
        elif field.choices and name not in _FORMS:
            found.append(f"| `{name}` | {_codes(field.choices)} |")
        else:
            kind = _FORMS.get(name) or field.get_internal_type().removesuffix("Field").lower()
            found.append(f"| `{name}` | {kind} |")
    home = ", ".join(f"`{field.name}`" for field in Household._meta.concrete_fields if field.name not in ("id",))
    return [*found, "", f"A household has {home}; one head at most, and kinships to that head:", "", *_list("Kinship")]


def _documents() -> list[str]:
    forms = {
        "resident_id": "18 characters, GB 11643: division of today or of any edition of GB/T 2260 since 1980, birth "
        "date, check digit; a newborn may have none yet",
        "hmt_permit": "18 characters beginning with 810000, 820000 or 830000, birth date, check digit",
        "foreign_permanent": "18 characters beginning with 9 (since 2023), or the old 15: three letters, four digits "
        "of the place, birth as YYMMDD, two digits, of which no published rule says how the last checks the others",
        "passport": "5 to 15 letters and digits",
    }
    found = ["", "## Documents", "", "| kind | in Chinese | number |", "|---|---|---|"]
    found += [f"| `{code}` | {label} | {forms[code]} |" for code, label in _choices("DocumentKind")]
    return [
        *found, "",
        "One living person a number and pooling area. A number that changes stays with the person and finds him:", "",
        *_list("DocumentChange"),
    ]  # fmt: skip


def _facts() -> list[str]:
    from canbao.registry.codes import FACT_COLUMNS

    holds = {
        "hukou": "area, kind, day since when in the pooling area", "residence": "area", "permit": "kind, whose",
        "student": "kind, area of the school", "employee_insurance": "", "other_insurance": "", "disability": "grade",
        "pension": "",
    }  # fmt: skip
    found = [
        "", "## Dated facts", "",
        "At most one of a kind on a day. What was registered without days counts as true on any day, until the first",
        "dated fact of its kind. The columns follow the day: the worker renews them after midnight.", "",
        "| kind | in Chinese | holds | columns of the person |", "|---|---|---|---|",
    ]  # fmt: skip
    for code, label in _choices("FactKind"):
        columns = ", ".join(f"`{column}`" for column in FACT_COLUMNS[code]) or "none"
        found.append(f"| `{code}` | {label} | {holds[code] or 'the days alone'} | {columns} |")
    return [*found, "", "Who says so:", "", *_list("Source")]


def _categories() -> list[str]:
    from canbao.faces import words

    codes = ", ".join(f"`{code}` {name}" for code, name in words.CATEGORIES.items())
    return [
        "", "## Categories", "",
        "Certified by a department for days; many at once, each once on a day. A policy file may name further codes.",
        "", f"{codes}.", "", "Departments:", "", *_list("Department"),
    ]  # fmt: skip


def _histories() -> list[str]:
    from canbao.registry.apps import RegistryConfig
    from canbao.staff.actions.keys import sealed_columns

    kept = ", ".join(f"`{name}`" for name in RegistryConfig.keeps_history)
    sealed = ", ".join(
        f"`{model.__name__}.{column}`"
        for model, columns in sealed_columns().items()
        if model._meta.app_label == "registry"
        for column in columns
    )
    return [
        "", "## History, merges, keys", "",
        f"Every change of {kept} is kept with who made it and when, and a record can be read as it was known on a day.",
        "Who left a household is written down by the database. Two rows that are one person are merged by two people's",
        "decision: no row moves, the merged one points to the kept one, and undoing takes the pointer back",
        "([why](../decisions/0018-merged-rows-stay.md)). `canbao rotate-keys` renews", f"{sealed}.",
    ]  # fmt: skip


def _choices(name: str) -> list[tuple[str, str]]:
    from canbao.registry import codes

    return [(str(code), str(label)) for code, label in getattr(codes, name).choices]


def _list(name: str) -> list[str]:
    return [", ".join(f"`{code}` {label}" for code, label in _choices(name)) + "."]


def _codes(choices: object) -> str:
    return ", ".join(f"`{code}` {label}" for code, label in choices)  # type: ignore[attr-defined]
