"""Demo 演示数据.

Takes: a size and a seed.
Gives: invented residents in real villages, staff to look at them, and a collection under way.
Never: touches a register that holds anybody who was not invented.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from canbao.demo.loading import Loaded


def load(progress: Callable[[str], None], size: int | None = None, seed: int | None = None) -> Loaded | None:
    """See `canbao.demo.loading.load`; None means its usual size and seed."""
    from canbao.demo import loading

    return loading.load(progress, loading.SIZE if size is None else size, loading.SEED if seed is None else seed)
