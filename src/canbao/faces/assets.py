"""Browser files taken from npm packages: only the few that a page loads, never a package's whole folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage, Storage

PACKAGES = Path(settings.ROOT) / "node_modules"

SERVED = {
    "vendor/tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "vendor/tabler.min.css.map": "@tabler/core/dist/css/tabler.min.css.map",
    "vendor/echarts.min.js": "echarts/dist/echarts.common.min.js",
}


class _Renamed(Storage):
    """Read-only storage that offers a package's file under the address of SERVED."""

    def __init__(self) -> None:
        self._files = FileSystemStorage(location=PACKAGES)

    def open(self, name: str, mode: str = "rb") -> Any:
        return self._files.open(SERVED[name], mode)

    def path(self, name: str) -> str:
        return str(PACKAGES / SERVED[name])

    def exists(self, name: str) -> bool:
        return name in SERVED and (PACKAGES / SERVED[name]).is_file()

    def get_modified_time(self, name: str) -> Any:
        return self._files.get_modified_time(SERVED[name])


class PackageFinder(BaseFinder):
    """Finds the files of SERVED for the development server, WhiteNoise and collectstatic."""

    def find(self, path: str, find_all: bool = False, **_: Any) -> Any:
        found = str(PACKAGES / SERVED[path]) if path in SERVED and (PACKAGES / SERVED[path]).is_file() else None
        if find_all:
            return [found] if found else []
        return found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        storage = _Renamed()
        for name in SERVED:
            if storage.exists(name):
                yield name, storage


@lru_cache(maxsize=256)
def icon_svg(name: str) -> str:
    """The outline icon of that name as inline SVG text without sizes of its own. FileNotFoundError if there is none."""
    text = (PACKAGES / "@tabler/icons/icons/outline" / f"{name}.svg").read_text(encoding="utf-8")
    body = text[text.index(">", text.index("<svg")) + 1 : text.rindex("</svg>")]
    return (
        '<svg class="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" '
        f'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">{body.strip()}</svg>'
    )
