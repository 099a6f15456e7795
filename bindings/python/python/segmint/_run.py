"""Runs: finding segments, and everything that was found."""

from __future__ import annotations

import datetime
import functools
import json
import os
import pathlib
import shutil
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from typing import Any

from segmint import _native, _tables
from segmint._data import Data, Path, frame_of, paths_of
from segmint._errors import ConfigError, GateError, InputError
from segmint._native import Frame
from segmint._plot import Plots, written
from segmint._progress import bars
from segmint._settings import flags


def run(
    data: Data | None,
    config: Path | None = None,
    *,
    id: str | None = None,
    features: Sequence[str] | None = None,
    tier: str | None = None,
    value: str | None = None,
    registry: Path | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Run:
    """Find named segments in a table of customers.

    Parameters
    ----------
    data
        The table, one row per customer: a data frame (pandas, polars, pyarrow, DuckDB or anything else that hands over Arrow
        data), a matrix of numpy with ``features``, or the path of a Parquet file, of a folder of them, a glob, or a list of
        paths. ``None`` = the source that ``config`` names.

        The index of a pandas frame is a column only when ``id`` names it.
    config
        A ``pipeline.toml``. ``None`` = every default; a file of the working folder is never read unasked.
    id
        The column that tells customers apart. ``None`` = the row number, or as ``config`` says.
    features
        The columns to cluster. ``None`` = the numeric columns that are judged to be features; each one left out is a warning.
        The names of the columns when ``data`` is a matrix.
    tier
        The column of a class that people gave (A, B, C …), which the segments are compared with.
    value
        The column of money, summed per segment and tier.
    registry
        The folder to record the run in, such as ``"runs"``. ``None`` = a temporary folder that lives as long as the ``Run``.
    settings
        Any other key of the configuration, such as ``{"cluster.kmeans.k": 6, "cluster.dbscan.enabled": False}``; they go
        before ``config``, and the arguments above before them.

    Returns
    -------
    Run
        The segments and everything else that was found. The same data and settings give the same bits, on any number of
        threads and whichever library the data came from.

    Raises
    ------
    ConfigError
        A key or value that is wrong whatever the data.
    InputError
        Data that cannot be read, or that does not fit the settings; the message names the column.
    LimitError
        It would take more memory or time than ``limits`` allows.
    GateError
        A gate holds the run back; ``.run`` is the run, which is recorded.
    Locked
        Another process writes to the registry.

    Examples
    --------
    >>> import segmint
    >>> found = segmint.run("customers.parquet", id="customer_id", value="monetary")  # doctest: +SKIP
    >>> found.segments.to_pandas()  # doctest: +SKIP
    """
    given = {"source.id": id, "source.features": features, "source.tier": tier, "source.value": value}
    return made(data, config, given, registry, settings)


def made(
    data: Data | None,
    config: Path | None,
    given: Mapping[str, Any],
    registry: Path | None,
    settings: Mapping[str, Any] | None,
    engine: _native.Engine | None = None,
    n_shards: int = 1,
) -> Run:
    """``run``, with k-means fitted by the workers of ``engine`` where there is one; ``given`` are the keys that are arguments."""
    id, features = given["source.id"], given["source.features"]
    paths = None if data is None else paths_of(data)
    table = None if data is None or paths is not None else frame_of(data, id, features)
    wanted = flags(settings)
    if paths is not None:
        wanted += flags({"source.path": paths[0] if len(paths) == 1 else "-"})
    elif table is not None:
        wanted += flags({"source.path": "-"})
    if isinstance(features, str):
        raise ConfigError(f"features is the text {features!r}", f"name every column in a list: features=[{features!r}]")
    if registry is None and config is None and (settings or {}).get("refit.against") and "registry.path" not in (settings or {}):
        raise ConfigError("refit.against names a run, and a temporary folder has none", 'name the registry: registry="runs"')
    wanted += flags({key: one for key, one in given.items() if one is not None})
    temporary = None
    if registry is not None:
        wanted += flags({"registry.path": registry})
    elif "registry.path" not in (settings or {}):
        temporary = tempfile.mkdtemp(prefix="segmint-")
        wanted += flags({"registry.path": os.path.join(temporary, "runs")})
    try:
        folder, run_id, reused, held, noticed = _native.run(
            None if config is None else os.fspath(config), wanted, paths or [], table, bars(), engine, n_shards
        )
    except BaseException:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
        raise
    done = Run(folder, _temporary=temporary, _data=table, _reused=reused, _noticed=noticed)
    if held is not None:
        alias, reasons = held
        hint = f"look at .run; `segmint runs promote {run_id} --alias {alias}` lets it take the place after all"
        raise GateError(f"held: {reasons}; the alias {alias!r} stays where it is", hint, done)
    return done


def load(run: Path, registry: Path = "runs") -> Run:
    """Open a run that was recorded before, by this package or by the program.

    Parameters
    ----------
    run
        The folder of a run, a run id or the beginning of one, or an alias such as ``"latest"`` or ``"champion"``.
    registry
        The folder of runs that ids and aliases are looked up in.

    Raises
    ------
    InputError
        There is no such run, or its files are not what was recorded.

    Examples
    --------
    >>> segmint.load("latest").segments  # doctest: +SKIP
    """
    return Run(_native.find(os.fspath(registry), os.fspath(run)))


#: The last line of what a run says of itself.
_WHERE_ELSE = "tables: .segments .assignments .profiles .tiers .k_table .warnings · pictures: .plot · page: .report(path)"


class Answer:
    """What was asked of a run: text for people, which ``print`` shows, and ``document`` for programs."""

    def __init__(self, text: str, document: str) -> None:
        #: What people read.
        self.text: str = text
        #: The document that the program prints with ``--json``.
        self.document: dict[str, Any] = json.loads(document)

    def __repr__(self) -> str:
        return self.text

    __str__ = __repr__


class Refit:
    """What became of the segments of the run that a run continues."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        #: ``refit.json``, whole.
        self.document: Mapping[str, Any] = document
        #: The run that is continued.
        self.against: str = document["against"]
        gate = document["gate"]
        #: ``"promote"`` or ``"hold"``; ``None`` without a gate.
        self.decision: str | None = gate["decision"] if gate else None

    @property
    def events(self) -> Frame:
        """What happened to every segment: survived, split, merged, vanished, emerged, revived."""
        return _tables.events(self.document)

    @property
    def movement(self) -> Frame:
        """Customers and value per segment: before + moved + joined + left + redefined = after."""
        return _tables.movement(self.document)

    @property
    def migration(self) -> Frame:
        """Who went where, by segments before and after."""
        return _tables.migration(self.document)

    @property
    def drift(self) -> Frame:
        """How every feature changed; no rows where that could not be measured."""
        return _tables.drift(self.document)

    @property
    def gate(self) -> Frame:
        """What the gate asked and what came of it; no rows without a gate."""
        return _tables.rules(self.document)

    def __repr__(self) -> str:
        decision = f"; the gate says {self.decision}" if self.decision else ""
        return f"<what became of {self.against}: .events .movement .migration .drift .gate{decision}>"


class Run:
    """Segments, and everything else that was found in one table. ``segmint.run`` makes one, ``segmint.load`` opens one.

    Tables are frames that every data frame library reads (``.to_pandas()``, ``.to_polars()``, ``.to_arrow()``). They hold whole
    figures; what a run shows of itself (``print(run)``, a notebook, ``.report()``, ``.plot``) holds small cells back.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        _temporary: str | None = None,
        _data: Frame | None = None,
        _reused: bool = False,
        _noticed: Sequence[str] = (),
    ) -> None:
        self._folder = os.fspath(folder)
        self._data = _data
        #: Whether the run was there already: same settings, data and date.
        self.reused: bool = _reused
        #: What was noticed after the run was recorded; no part of its files.
        self.noticed: tuple[str, ...] = tuple(_noticed)
        self._temporary = _temporary
        if _temporary is not None:
            weakref.finalize(self, _remove, _temporary, os.getpid())

    @property
    def path(self) -> pathlib.Path:
        """The folder of the run; docs/run-format.md says what lies in it."""
        return pathlib.Path(self._folder)

    @property
    def id(self) -> str:
        """The id of the run."""
        return str(self.record["run_id"])

    @functools.cached_property
    def record(self) -> dict[str, Any]:
        """``run.json``: what the run was, what it found, how it can be repeated."""
        return self._document("run.json")

    @functools.cached_property
    def segments(self) -> Frame:
        """One row per segment, the largest first: id, name, archetype and its score, size, share, share of the value."""
        return _tables.segments(self.record)

    @functools.cached_property
    def assignments(self) -> Frame:
        """One row per customer in the order of the table: id, segment, archetype, cluster, margin, tier, value."""
        return Frame.of_file(os.path.join(self._folder, "assignments.parquet"))

    @functools.cached_property
    def profiles(self) -> Frame:
        """One row per cluster and feature: mean, quartiles, range and position, in original units."""
        return Frame.of_file(os.path.join(self._folder, "segments.parquet"))

    @functools.cached_property
    def tiers(self) -> Frame:
        """Customers and value by tier and segment, and whether the tier is the one expected of the segment; no rows without
        tiers."""
        return _tables.tiers(self.record, self._document("comparison.json"))

    @functools.cached_property
    def disagreements(self) -> Frame:
        """One row per customer whose tier is not the one expected of the segment, with the reason."""
        return Frame.of_file(os.path.join(self._folder, "disagreements.parquet"))

    @functools.cached_property
    def k_table(self) -> Frame:
        """One row per number of clusters that was tried: silhouette, excess over references, and other criteria."""
        return _tables.k_table(self.record)

    @functools.cached_property
    def warnings(self) -> Frame:
        """What to know before relying on the segments: code and message, in the order of the stages."""
        return _tables.warnings(self.record)

    @property
    def structure(self) -> dict[str, Any]:
        """Whether there is anything to find: ``verdict`` is ``"present"`` or ``"none"``, the other keys are the evidence."""
        return dict(self.record["structure"])

    @functools.cached_property
    def refit(self) -> Refit | None:
        """What became of the segments of the run that this one continues; ``None`` when it continues none."""
        there = os.path.exists(os.path.join(self._folder, "refit.json"))
        return Refit(self._document("refit.json")) if there else None

    @property
    def plot(self) -> Plots:
        """Pictures: ``.positions()``, ``.map()``, ``.sizes()``, ``.k()``, ``.migration()``."""
        return Plots(self)

    def score(self, data: Data, *, as_of: datetime.date | str | None = None) -> Frame:
        """Give every row of a table its segment: a frame with the columns of ``assignments``, its rows in the same order.

        Parameters
        ----------
        data
            As for ``segmint.run``, with the columns of the fit; a matrix has its features in their order. Customers of the fit
            get the segments of the fit.
        as_of
            The date that ages are counted to. ``None`` = the latest date in the table, never before that of the fit.

        Raises
        ------
        InputError
            A column of the fit is missing or has another kind of type.
        """
        paths = paths_of(data)
        table = None if paths is not None else frame_of(data, self.record["plan"]["source"]["id"], self._features)
        date = as_of.isoformat() if isinstance(as_of, datetime.date) else as_of
        return _native.score(self._folder, paths or [], table, date, bars())

    def explain(self, id: object, data: Data | None = None) -> Answer:
        """Say why a customer is in its segment, and what would have to change for it to move.

        Parameters
        ----------
        id
            The id of the customer; the row number, from 0, when the run has no id column.
        data
            The table that holds the customer. ``None`` = the one that the run was made of, which has to be what it was.

        Raises
        ------
        InputError
            There is no such customer, or the table is not there any more.

        Examples
        --------
        >>> print(run.explain("C000123"))  # doctest: +SKIP
        """
        if data is None:
            paths, table = [], self._data
            if table is None and self.record["plan"]["source"]["path"] == "-":
                raise InputError("the table that this run was made of was in memory, and is not here", "give it: explain(id, data)")
        else:
            given = paths_of(data)
            paths = given or []
            table = None if given is not None else frame_of(data, self.record["plan"]["source"]["id"], self._features)
        return Answer(*_native.explain(self._folder, _text_of(id), paths, table))

    def compare(self, other: Run | Data, *, id: str | None = None, tier: str | None = None, registry: Path = "runs") -> Answer:
        """Hold the segments against another run, or against a table of tiers.

        Parameters
        ----------
        other
            A ``Run``, the id, alias or folder of one, or a table of tiers: a data frame, or a Parquet, CSV or XLSX file.
        id, tier
            The columns of a table of tiers. ``None`` = the id column of the run, and the column that is judged to be the tier.
        registry
            The folder of runs that ids and aliases are looked up in.

        Raises
        ------
        InputError
            The two have no customer in common, or a column is missing.
        """
        if isinstance(other, Run):
            return Answer(*_native.compare(self._folder, None, other._folder, os.fspath(registry), id, tier))
        paths = paths_of(other)
        if paths is not None:
            return Answer(*_native.compare(self._folder, None, paths[0], os.fspath(registry), id, tier))
        key = id if id is not None else self.record["plan"]["source"]["id"]
        return Answer(*_native.compare(self._folder, frame_of(other, key, None), "", os.fspath(registry), id, tier))

    def report(self, path: Path | None = None) -> str | pathlib.Path:
        """Make the report that may be shown to others: one HTML page, or Markdown when ``path`` ends in ``.md``.

        Returns the page as text, or the path it was written to.
        """
        if path is None:
            return _native.report(self._folder, "html")
        path = pathlib.Path(path)
        formats = {".html": "html", ".htm": "html", ".md": "md"}
        if path.suffix.lower() not in formats:
            raise InputError(f"the report is no {path.suffix or 'file without an ending'}: {path}", "name it .html or .md")
        return written(path, _native.report(self._folder, formats[path.suffix.lower()]))

    @property
    def _features(self) -> list[str]:
        """The columns of a matrix: as they were named, for the record of what was read has an order of its own."""
        return list(self.record["plan"]["source"]["features"] or self.record["input"]["features"])

    def _document(self, name: str) -> dict[str, Any]:
        document: dict[str, Any] = json.loads((self.path / name).read_text(encoding="utf-8"))
        return document

    def __repr__(self) -> str:
        return f"{_native.summary(self._folder).rstrip()}\n{_WHERE_ELSE}\n"

    def _repr_html_(self) -> str | None:
        return _native.excerpt(self._folder, "cards", False)

    def __reduce__(self) -> tuple[Any, ...]:
        if self._temporary is None:
            return load, (self._folder,)
        # Its folder goes with this process; whoever unpickles it may live longer.
        return _unpickled, (self.path.name, {one.name: one.read_bytes() for one in sorted(self.path.iterdir())})


def _unpickled(name: str, files: Mapping[str, bytes]) -> Run:
    """A temporary run from its files."""
    temporary = tempfile.mkdtemp(prefix="segmint-")
    folder = pathlib.Path(temporary, "runs", name)
    folder.mkdir(parents=True)
    for file, content in files.items():
        (folder / file).write_bytes(content)
    return Run(folder, _temporary=temporary)


def _text_of(id: object) -> str:
    """An id as the program writes it: numbers that are whole have no decimals."""
    return str(int(id)) if isinstance(id, float) and id.is_integer() else str(id)


def _remove(folder: str, process: int) -> None:
    # A process that was forked has the run, not the folder.
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)
