"""The demo at its real size, from an empty folder to pages that are served: the first thing that anybody does."""

from __future__ import annotations

import signal
import urllib.request

import pytest

from tests.cli.test_commands import Product, product

__all__ = ["product"]


def _page(url: str) -> str:
    with urllib.request.urlopen(url, timeout=60) as answer:
        return str(answer.read().decode())


@pytest.mark.timeout(1200)
def test_the_first_start_of_the_whole_demo_reaches_its_pages(product: Product) -> None:
    del product.environment["CANBAO_DEMO"]
    url = product.start()

    assert "参保" in _page(url)
    assert "用户名" in _page(f"{url}console/sign-in")
    assert "滕州" in _page(f"{url}policies")
    assert product.end(signal.SIGINT) == 0
