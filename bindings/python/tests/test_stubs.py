"""The types that are promised are the types there are."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest

import segmint


def _passes(*command: str, cwd: pathlib.Path) -> None:
    done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_package_is_typed(tmp_path: pathlib.Path) -> None:
    pytest.importorskip("mypy")
    _passes("mypy", "--strict", "--cache-dir", str(tmp_path), "-p", "segmint", cwd=tmp_path)


def test_the_stubs_are_those_of_the_module(tmp_path: pathlib.Path) -> None:
    pytest.importorskip("mypy")
    _passes("mypy.stubtest", "segmint", cwd=tmp_path)


def test_the_package_says_that_it_is_typed() -> None:
    assert segmint.__file__ is not None
    assert (pathlib.Path(segmint.__file__).parent / "py.typed").exists()
