"""The tables of a run, from its JSON files. docs/run-format.md says what stands in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from segmint._native import Frame

Document = Mapping[str, Any]

_K = {
    "k": "int", "silhouette": "float", "standard_error": "float", "excess": "float", "reference_mean": "float",
    "reference_sd": "float", "calinski_harabasz": "float", "davies_bouldin": "float", "inertia": "float",
    "smallest_share": "float", "admissible": "bool", "weakest_stability": "float", "local_maximum": "bool", "chosen": "bool",
}  # fmt: skip
_SEGMENT = {
    "segment_id": "text", "segment": "text", "archetype": "text", "score": "float", "size": "int", "share": "float",
    "value_share": "float", "stability": "float",
}  # fmt: skip
_TIER = {
    "tier": "text", "class": "text", "segment_id": "text", "segment": "text", "customers": "int", "value": "float",
    "expected": "bool",
}  # fmt: skip
_DRIFT = {
    "feature": "text", "measure": "text", "value": "float", "critical_value": "float", "effect": "float", "before": "float",
    "now": "float", "p": "float", "p_adjusted": "float", "verdict": "text", "reason": "text",
}  # fmt: skip
_RULE = {"rule": "text", "value": "float", "limit": "float", "sample": "int", "passed": "bool"}
_EVENT = {"kind": "text", "from": "text", "to": "text", "view": "text", "forward": "float", "back": "float", "flags": "text"}
_TERMS = ("before", "moved", "joined", "left", "redefined", "after")


def frame(kinds: Mapping[str, str], rows: Iterable[Document]) -> Frame:
    """A frame of ``rows``, whose columns are of ``kinds``; what a row does not have is missing."""
    rows = list(rows)
    return Frame.of_columns([(name, kind, [row.get(name) for row in rows]) for name, kind in kinds.items()])


def segments(record: Document) -> Frame:
    """One row per segment."""
    return frame(_SEGMENT, record["segments"])


def k_table(record: Document) -> Frame:
    """One row per number of clusters that was tried."""
    return frame(_K, record["kmeans"]["table"])


def warnings(record: Document) -> Frame:
    """One row per warning, in the language of the run."""
    language = record["plan"]["label"]["language"]
    rows = [{"code": one["code"], "message": one["message"][language]} for one in record["warnings"]]
    return frame({"code": "text", "message": "text"}, rows)


def tiers(record: Document, comparisons: Document) -> Frame:
    """Customers by tier and segment, of every tier once."""
    rows: list[dict[str, Any]] = []
    seen: set[str] = set()
    for one in comparisons["comparisons"]:
        if one["clustering"] != record["primary"] or one["tier"] in seen:
            continue
        seen.add(one["tier"])
        rows.extend(_of_tier(record, one))
    return frame(_TIER, rows)


def _of_tier(record: Document, comparison: Document) -> Iterable[dict[str, Any]]:
    table = comparison["contingency"]
    for i, label in enumerate(table["tiers"]):
        for j, cluster in enumerate(table["clusters"]):
            segment = record["segments"][cluster] if cluster is not None else {"segment_id": None, "segment": None}
            yield {
                "tier": comparison["tier"],
                "class": label,
                "segment_id": segment["segment_id"],
                "segment": segment["segment"],
                "customers": table["counts"][i][j],
                "value": table["value"][i][j] if table["value"] else None,
                "expected": comparison["expected_tiers"][j] == label,
            }


def events(refit: Document) -> Frame:
    """What happened to every segment."""

    def row(one: Document) -> Document:
        return {**one, "from": " ".join(one["from"]), "to": " ".join(one["to"]), "flags": " ".join(one["flags"])}

    return frame(_EVENT, map(row, refit["events"]))


def movement(refit: Document) -> Frame:
    """Customers and value of every segment, before and now, and the terms that lead from the one to the other."""
    kinds = {"segment_id": "text", **{term: "int" for term in _TERMS}, **{f"value_{term}": "float" for term in _TERMS}}

    def row(one: Document) -> Document:
        value = {f"value_{term}": amount for term, amount in (one["value"] or {}).items()}
        return {"segment_id": one["segment_id"], **one["customers"], **value}

    return frame(kinds, map(row, refit["movement"]["segments"]))


def migration(refit: Document) -> Frame:
    """Who went where, by segments before and after."""
    kinds = {"from": "text", "to": "text", "customers": "int", "border": "int", "value": "float"}
    rows = ({**one, "from": _place(one["from"]), "to": _place(one["to"])} for one in refit["movement"]["migration"])
    return frame(kinds, rows)


def _place(place: Any) -> str:
    """A segment; ``none`` in the table but in no segment, ``absent`` not in the table."""
    return place if isinstance(place, str) else str(next(iter(place.values())))


def drift(refit: Document) -> Frame:
    """How every feature changed; no rows where that could not be measured."""
    found = refit["drift"]
    return frame(_DRIFT, found["features"] if found else [])


def rules(refit: Document) -> Frame:
    """What the gate asked; no rows without one."""
    gate = refit["gate"]
    return frame(_RULE, gate["rules"] if gate else [])

