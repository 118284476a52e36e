"""What a file of certificates costs, beside a file of as many pages that hold one line in the same font."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import django
import typst

from canbao.kernel.clock import shanghai
from canbao.kernel.vault import ENVIRONMENT, new_key

PAGES, ROUNDS = (1, 100, 1_000), 3
ADDRESS = "https://insurance.example/verify"
ONE_LINE = """#set text(font: "Noto Sans CJK SC")
#for (number, line) in json(bytes(sys.inputs.lines)).enumerate() { if number > 0 { pagebreak() }; line }"""


def main(arguments: list[str]) -> int:
    sizes = [int(word.replace("_", "")) for word in arguments] or PAGES
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "canbao.settings")
    os.environ.setdefault(ENVIRONMENT, new_key())
    django.setup()
    from canbao.certificates.printing import FONTS, pdf

    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "line.typ"
        source.write_text(ONE_LINE, encoding="utf-8")
        print("pages · CPU s · wall s · kB · CPU, times one line a page")
        for size in sizes:
            papers = _papers(size)
            lines = json.dumps([f"{number} 城乡居民基本医疗保险缴费证明" for number in range(size)])
            made = _fastest(lambda papers=papers: pdf(papers, ADDRESS))  # type: ignore[misc]
            bare = _fastest(
                lambda lines=lines: typst.compile(  # type: ignore[misc]
                    str(source), font_paths=FONTS, ignore_system_fonts=True, sys_inputs={"lines": lines}
                )
            )
            print(f"{size:>6,} · {made[0]:.2f} · {made[1]:.2f} · {made[2] // 1000:,} · {made[0] / bare[0]:.1f}")
    return 0


def _fastest(make: Callable[[], bytes]) -> tuple[float, float, int]:
    """CPU seconds, wall seconds and bytes of the fastest of three."""
    found = []
    for _ in range(ROUNDS):
        cpu, wall = time.process_time(), time.perf_counter()
        content = make()
        found.append((time.process_time() - cpu, time.perf_counter() - wall, len(content)))
    return min(found)


def _papers(size: int) -> list[object]:
    """Invented papers that no database stands behind."""
    from canbao.billing.models import Bill
    from canbao.certificates.models import Certificate
    from canbao.certificates.queries import Paper
    from canbao.entitlement.models import Cover
    from canbao.payments.models import Payment
    from canbao.registry.models import Resident

    paid_at = shanghai(2024, 11, 1, 9, 30)
    return [
        Paper(
            certificate=Certificate(code=f"{number:020}", issued_at=paid_at, issued_by="1 林经办"),
            resident=Resident(pk=number, name="张桂兰"),
            payment=Payment(
                amount_fen=20_000, paid_at=paid_at, channel="counter", method="cash", collected_by="1 林经办",
                receipt_no=f"370400-000012-{number:06}",
            ),
            bill=Bill(benefit_year=2025, standard_fen=40_000),
            cover=Cover(cover_from=date(2025, 1, 1), cover_until=date(2026, 1, 1)),
            village="山东省枣庄市滕州市荆河街道馍馍庄社区居民委员会",
            stands=True,
        )
        for number in range(size)
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
