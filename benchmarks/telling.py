"""Signed tellings of a simulated partner to the real server, over connections that stay open (for benchmarks.post)."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks.post import Rate

WARM = 200


def requests(side: Any, attempts: list[Any], port: int) -> list[bytes]:
    """Each as it goes over the wire."""
    from django.urls import reverse

    from canbao.demo.outside.languages import LANGUAGES
    from canbao.demo.outside.side import Trade

    said = []
    for attempt in attempts:
        trade = Trade(attempt.trade_no, attempt.amount_fen)
        side.pay(trade)
        heard = LANGUAGES[side.kind].telling(side, trade, side.event_id())
        path = reverse("callbacks:hear", args=[attempt.channel_id])
        head = [f"POST {path} HTTP/1.1", f"host: 127.0.0.1:{port}", f"content-length: {len(heard.body)}"]
        head += [f"{name}: {value}" for name, value in heard.headers.items() if name != "content-length"]
        said.append("\r\n".join([*head, "", ""]).encode() + heard.body)
    return said


def served(side: Any, attempts: list[Any], callers: int) -> Rate:
    """Rate and waits of all but the first, which warm the server up."""
    from django.conf import settings

    from benchmarks.post import Rate
    from canbao.cli.web import free_port, web_server

    port = free_port("127.0.0.1")
    with web_server("127.0.0.1", port, workers=settings.WORKERS, threads=settings.CALLERS):
        said = requests(side, attempts, port)
        # The callers are elsewhere: their work must not wait for this process's.
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            pool.apply(tell, (port, said[:WARM], callers))
            seconds, waits = pool.apply(tell, (port, said[WARM:], callers))
    return Rate(len(waits), seconds, sorted(waits))


def tell(port: int, said: list[bytes], callers: int) -> tuple[float, list[float]]:
    return asyncio.run(_tell(port, said, callers))


async def _tell(port: int, said: list[bytes], callers: int) -> tuple[float, list[float]]:
    rest, waits = iter(said), list[float]()

    async def calls() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in rest:
            began = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
            )
            if length:
                await reader.readexactly(length)
            if b" 200 " not in head.split(b"\r\n")[0]:
                raise SystemExit(f"the server answered {head.decode()}")
            waits.append(time.perf_counter() - began)
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(calls() for _ in range(callers)))
    return time.perf_counter() - began, waits
