"""All policies of a folder, read once."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from .cases import CASES_ENDING
from .loading import NOTICE_ENDING, load, notice_beside
from .policy import Policy
from .refusals import Fault, PolicyFaults, UnknownPolicy

FOLDER = Path(os.environ.get("CANBAO_POLICIES", Path(__file__).resolve().parents[3] / "policies"))


class Catalogue:
    """The policies under a folder: one folder an area, one file a year."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def files(self) -> list[Path]:
        return sorted(path for path in self.folder.glob("[0-9]*/*.yaml") if path.stem.isdigit())

    def ids(self) -> list[str]:
        return [f"{path.parent.name}-{path.stem}" for path in self.files()]

    def get(self, wanted: str) -> Policy:
        """By id (`370481-2025`) or path of a policy file. Raises UnknownPolicy, PolicyFaults."""
        area, _, year = wanted.rpartition("-")
        path = self.folder / area / f"{year}.yaml"
        if not (area.isdigit() and year.isdigit() and path.exists()):
            path = Path(wanted)
            if path.suffix not in (".yaml", ".yml") or not path.exists():
                raise UnknownPolicy(wanted, self.ids())
        if path.name.endswith((CASES_ENDING, NOTICE_ENDING)):
            policy = f"{path.name.partition('.')[0]}.yaml"
            what = f"这个文件放在政策文件旁边，请写 {policy}。 this file stands beside a policy file; give {policy}"
            raise PolicyFaults([Fault(str(path), 1, 1, what)])
        beside = notice_beside(path)
        return _loaded(path.resolve(), path.stat().st_mtime_ns, beside.stat().st_mtime_ns if beside.exists() else 0)

    def all(self) -> list[Policy]:
        return [self.get(wanted) for wanted in self.ids()]


@lru_cache(maxsize=64)
def _loaded(path: Path, _changed: int, _notice_changed: int) -> Policy:
    file, digest = load(path)
    return Policy(file, digest)


policies = Catalogue(FOLDER)

__all__ = ["Catalogue", "PolicyFaults", "policies"]
