"""What a run shows of itself may be shown to others, fits, and is text whatever the data hold."""

from __future__ import annotations

import html.parser
import pathlib
import xml.etree.ElementTree
from typing import Any

import pytest
from conftest import QUICK

import segmint

EVIL = "<script>alert(1)</script>\"'&"


class _Tags(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        self.seen.add(tag)
        assert not any(name.startswith("on") for name, _ in attributes), attributes
        if tag not in ("meta", "input", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def tags(page: str) -> set[str]:
    parser = _Tags()
    parser.feed(page)
    assert parser.open == []
    return parser.seen


@pytest.fixture(scope="module")
def hostile() -> segmint.Run:
    """Names that are out to do harm, and a segment of three people."""
    spread = [float(i % 10) for i in range(60)]
    spend = [900.0 + one for one in spread] + [20.0 + one for one in spread] + [5000.0, 5001.0, 5002.0]
    visits = [1.0 + one / 10 for one in spread] + [30.0 + one / 5 for one in spread] + [90.0, 91.0, 92.0]
    tiers = [EVIL if i % 2 else "B" for i in range(123)]
    ids = [f"C{i}{EVIL}" for i in range(123)]
    table = segmint.Frame.of_columns(
        [("id", "text", ids), (f"spend{EVIL}", "float", spend), ("visits", "float", visits), ("tier", "text", tiers)]
    )
    return segmint.run(table, id="id", tier="tier", settings=QUICK | {"cluster.kmeans.k": 3, "cluster.kmeans.k_range": [2, 4]})


def test_a_run_is_shown_as_cards_that_fit(run: segmint.Run) -> None:
    shown = run._repr_html_()
    assert shown is not None
    assert len(shown.encode()) < 50_000
    assert "script" not in tags(shown)
    for name in run.segments["segment"]:
        assert name.split(" ")[0] in shown
    assert "prefers-color-scheme: dark" in shown and '[data-jp-theme-light="false"]' in shown


def test_the_style_touches_nothing_else(run: segmint.Run) -> None:
    shown = run._repr_html_()
    assert shown is not None
    style = shown.split("<style>")[1].split("</style>")[0]
    flat = style.replace("@media (prefers-color-scheme: dark) {", "").replace("} }", "}")
    selectors = [one.split("{")[0].strip() for one in flat.split("}") if "{" in one]
    assert len(selectors) > 40
    for selector in selectors:
        parts = _split(selector)
        assert all(".segmint" in part for part in parts), selector


def _split(selector: str) -> list[str]:
    """The parts of a list of selectors; commas in parentheses are no ends."""
    parts, depth = [""], 0
    for sign in selector:
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def test_a_run_as_text_fits_a_screen(run: segmint.Run) -> None:
    lines = repr(run).splitlines()
    assert len(lines) <= 50
    assert max(map(len, lines)) <= 130
    for one in run.segments["segment_id"]:
        assert one in repr(run)


def test_small_cells_are_held_back_and_text_is_text(hostile: segmint.Run) -> None:
    assert 3 in hostile.segments["size"]
    small = hostile.segments["segment_id"][hostile.segments["size"].index(3)]
    shown = hostile._repr_html_()
    assert shown is not None
    assert "<script" not in shown and "script" not in tags(shown)
    card = shown.split(f'href="#{small}"')[1].split("</a>")[0]
    assert ">3<" not in card and "*" in card
    assert "fewer than" in shown or "held back" in shown
    for frame in (hostile.assignments, hostile.profiles, hostile.segments, hostile.tiers):
        assert "script" not in tags(frame._repr_html_())
        assert len(repr(frame).splitlines()) <= 20


def test_pictures_are_shown_and_saved(run: segmint.Run, tmp_path: pathlib.Path) -> None:
    plots = run.plot
    for picture, has_svg in ((plots.positions(), False), (plots.map(), True), (plots.sizes(), False), (plots.k(), True)):
        tags(picture._repr_html_())
        assert len(picture.html.encode()) < 200_000
        assert (picture.svg is not None) == has_svg
        if picture.svg is not None:
            root = xml.etree.ElementTree.fromstring(picture.svg)
            assert root.tag == "{http://www.w3.org/2000/svg}svg"
            assert picture._repr_svg_() == picture.svg
            assert picture.save(tmp_path / "one.svg").read_text(encoding="utf-8") == picture.svg
        assert picture.save(tmp_path / "one.html").stat().st_size > len(picture.html)
    with pytest.raises(segmint.InputError, match="continues no other") as error:
        plots.migration()
    assert "refit.against" in (error.value.hint or "")
    with pytest.raises(segmint.InputError, match="no SVG"):
        plots.sizes().save(tmp_path / "sizes.svg")


def test_pictures_are_those_of_the_report(run: segmint.Run) -> None:
    page = run.report()
    assert isinstance(page, str)
    for picture in (run.plot.map(), run.plot.k()):
        assert picture.svg is not None
        # Everything between the title and the end is drawn by the same code.
        drawn = picture.svg.split("</style>")[1]
        assert drawn in page


def test_the_report_is_written(run: segmint.Run, tmp_path: pathlib.Path) -> None:
    assert run.report(tmp_path / "r.html") == tmp_path / "r.html"
    assert (tmp_path / "r.html").read_text(encoding="utf-8") == run.report()
    run.report(tmp_path / "r.md")
    assert (tmp_path / "r.md").read_text(encoding="utf-8").startswith("#")


def test_progress_is_told_where_it_can_be_seen(customers: pathlib.Path, named: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, str, int, int, bool]] = []
    import segmint._run

    monkeypatch.setattr(segmint._run, "bars", lambda: lambda *said: told.append(said))
    segmint.run(customers, settings=QUICK, **named)
    assert any(ended and done == total for _, _, total, done, ended in told)
    ends = [number for number, *_, ended in told if ended]
    assert len(ends) == len(set(ends))


def test_everything_explains_itself() -> None:
    for name in segmint.__all__:
        if name != "__version__":
            assert getattr(segmint, name).__doc__, name
    members = [(kind, name) for kind in (segmint.Run, segmint.Frame, segmint.Plots, segmint.Refit) for name in vars(kind)]
    for kind, name in members:
        if not name.startswith("_"):
            assert getattr(kind, name).__doc__, f"{kind.__name__}.{name}"
