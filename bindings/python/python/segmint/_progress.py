"""Progress of long work: bars of tqdm where they can be seen, else nothing."""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Callable
from typing import Any

Bars = Callable[[int, str, int, int, bool], None]


def bars() -> Bars | None:
    """What is told how far every task is; ``None`` where nobody would see it or tqdm is not installed."""
    if not (_in_notebook() or (sys.stderr is not None and sys.stderr.isatty())):
        return None
    try:
        with warnings.catch_warnings():
            # A notebook without widgets has bars of text, which is no news.
            warnings.simplefilter("ignore")
            tqdm: Any = importlib.import_module("tqdm.auto").tqdm
    except ImportError:
        return None
    open_bars: dict[int, Any] = {}

    def tell(number: int, name: str, total: int, done: int, ended: bool) -> None:
        bar = open_bars.get(number)
        if bar is None:
            if ended:
                return
            bar = open_bars[number] = tqdm(desc=name, total=total, leave=False)
        bar.update(done - bar.n)
        if ended:
            open_bars.pop(number).close()

    return tell


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and type(shell).__name__ == "ZMQInteractiveShell"
