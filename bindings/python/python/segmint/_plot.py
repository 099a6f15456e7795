"""Pictures of a run: the report's own, shown inline by notebooks."""

from __future__ import annotations

import os
import pathlib
from typing import TYPE_CHECKING

from segmint import _native
from segmint._errors import InputError

if TYPE_CHECKING:
    from segmint._run import Run

_WHY_NOT = {
    "k": ("no number of clusters was tried beside the one that was set", 'leave "cluster.kmeans.k" at "auto"'),
    "migration": ("the run continues no other", 'set "refit.against", such as to "latest", and name a registry'),
}


class Picture:
    """A picture of a run, light or dark as the page around it. Small cells are held back, so it may be shown to others."""

    def __init__(self, folder: str, name: str) -> None:
        html = _native.excerpt(folder, name, False)
        if html is None:
            message, hint = _WHY_NOT.get(name, ("the run does not tell", "look at the report"))
            raise InputError(f"there is no picture {name!r} of this run: {message}", hint)
        self._name = name
        #: The picture as a piece of HTML that needs nothing else.
        self.html: str = html
        #: The picture as an SVG file, where it is one; ``sizes`` and ``positions`` are tables with bars and shades.
        self.svg: str | None = _native.excerpt(folder, name, True)

    def save(self, path: str | os.PathLike[str]) -> pathlib.Path:
        """Write the picture to ``path``: ``.svg`` where it has an SVG, else ``.html``; gives back the path."""
        path = pathlib.Path(path)
        if path.suffix.lower() not in (".svg", ".html", ".htm"):
            raise InputError(f"a picture is no {path.suffix or 'file without an ending'}: {path}", "name it .svg or .html")
        is_svg = path.suffix.lower() == ".svg"
        if is_svg and self.svg is None:
            raise InputError(f"the picture {self._name!r} is no SVG", "save it as .html")
        text = self.svg if is_svg and self.svg is not None else f"<!doctype html><meta charset=utf-8>{self.html}"
        return written(path, text)

    def _repr_html_(self) -> str:
        return self.html

    def _repr_svg_(self) -> str | None:
        return self.svg

    def __repr__(self) -> str:
        return f"<segmint picture {self._name!r}; a notebook shows it, .save(path) writes it>"


def written(path: pathlib.Path, text: str) -> pathlib.Path:
    """Writes a text for people; gives back its path."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}", "name a file in a folder that is there") from error
    return path


class Plots:
    """The pictures of a run, as its report has them."""

    def __init__(self, run: Run) -> None:
        # A temporary run is there as long as somebody holds it.
        self._run = run

    @property
    def _folder(self) -> str:
        return str(self._run.path)

    def positions(self) -> Picture:
        """Where every segment stands in every feature: 0 below everybody else, 1 above."""
        return Picture(self._folder, "positions")

    def map(self) -> Picture:
        """Where the customers lie on the first two principal axes, in the colours of their segments."""
        return Picture(self._folder, "map")

    def sizes(self) -> Picture:
        """How customers, and their value where it is known, are divided among the segments."""
        return Picture(self._folder, "sizes")

    def k(self) -> Picture:
        """The silhouette of every number of clusters that was tried, and of tables without clusters."""
        return Picture(self._folder, "k")

    def migration(self) -> Picture:
        """Who went from which segment to which since the run that this one continues."""
        return Picture(self._folder, "migration")

    def __repr__(self) -> str:
        return "<the pictures of a run: .positions() .map() .sizes() .k() .migration()>"
