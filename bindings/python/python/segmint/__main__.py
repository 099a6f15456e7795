"""The program ``segmint``: ``python -m segmint`` is the same."""

from __future__ import annotations

import signal
import sys

from segmint import _native


def main() -> int:
    """Run the program with the arguments of this process and return its exit code."""
    # Python's own handler would only be asked after the program has ended.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # A worker is this Python with this package, whatever else is called segmint.
    return _native.main(["segmint", *sys.argv[1:]], [sys.executable, "-P", "-m", "segmint", "worker"])


if __name__ == "__main__":
    sys.exit(main())
