"""The page about the package runs as it is written."""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys

import pytest

PAGE = pathlib.Path(__file__).parents[3] / "docs" / "python.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def test_the_page_runs_from_top_to_bottom(tmp_path: pathlib.Path) -> None:
    for library in ("pandas", "pyarrow", "polars", "sklearn"):
        pytest.importorskip(library)
    text = PAGE.read_text(encoding="utf-8")
    blocks = list(BLOCK.finditer(text))
    assert len(blocks) == text.count("```python") > 5
    # Every line where it stands in the page, so that a traceback names it.
    script = ""
    for block in blocks:
        line = text.count("\n", 0, block.start(1))
        script += "\n" * (line - script.count("\n")) + block[1]
    (tmp_path / "python.md").write_text(script, encoding="utf-8")
    done = subprocess.run([sys.executable, "python.md"], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    # What it says that it leaves behind.
    assert all((tmp_path / name).stat().st_size > 0 for name in ("segments.csv", "report.html", "map.svg"))
    assert "hint:" in done.stdout
