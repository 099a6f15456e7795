"""Settings as the program's ``--set`` takes them."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from segmint._errors import ConfigError


def flags(settings: Mapping[str, Any] | None) -> list[str]:
    """``KEY=VALUE`` for every setting, the value as TOML."""
    if not isinstance(settings, (Mapping, type(None))):
        raise ConfigError(f"settings is a {type(settings).__name__}", "give a dict of keys and values")
    return [f"{key}={_toml(value, key)}" for key, value in (settings or {}).items()]


def _toml(value: Any, key: str) -> str:
    # Numbers and arrays of numpy, and an index of pandas, are asked for the Python values they are.
    value = value.tolist() if hasattr(value, "tolist") and not isinstance(value, (str, bytes)) else value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (str, os.PathLike)):
        # JSON escapes a text in the way that TOML reads it, but for the one character that TOML does not let stand.
        return json.dumps(os.fspath(value), ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, datetime.datetime):
        value = value.date()
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(str(name))} = {_toml(one, key)}" for name, one in value.items()) + "}"
    if isinstance(value, (Sequence, set, frozenset)) and not isinstance(value, (bytes, bytearray)):
        return "[" + ", ".join(_toml(one, key) for one in value) + "]"
    raise ConfigError(
        f"settings: {key} is a {type(value).__name__}, which no setting is",
        "leave the key out for its default; values are texts, numbers, booleans, dates, lists and dicts",
    )
