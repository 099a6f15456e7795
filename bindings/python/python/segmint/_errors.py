"""What can go wrong, by whose fault it is. The program ends with the same kinds as exit codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segmint._run import Run


class SegmintError(Exception):
    """Anything that segmint cannot do: a file that cannot be written, a machine that misbehaves, a bug (exit code 1, 70).

    ``hint`` says what to do about it; ``None`` where there is no advice.
    """

    hint: str | None

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint

    def __str__(self) -> str:
        message = super().__str__()
        return f"{message}\n\nhint: {self.hint}" if self.hint else message

    def __reduce__(self) -> tuple[type[SegmintError], tuple[object, ...]]:
        return type(self), (*self.args, self.hint)


class ConfigError(SegmintError, ValueError):
    """Settings that are wrong whatever the data (exit code 2)."""


class InputError(SegmintError, ValueError):
    """Bad or missing data, or settings that are wrong for it (exit code 3)."""


class LimitError(SegmintError):
    """The work would exceed a limit and was not started, or stopped cleanly at it (exit code 4)."""


class GateError(SegmintError):
    """The run is recorded, but a gate holds it back (exit code 5). ``run`` is the run."""

    run: Run | None

    def __init__(self, message: str, hint: str | None = None, run: Run | None = None) -> None:
        super().__init__(message, hint)
        self.run = run


class Locked(SegmintError):
    """Another process holds the registry (exit code 75); try again later."""
