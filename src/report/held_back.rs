//! Tiers, matrices, targets and customers as they may be shared.

use serde_json::{Value, json};

use super::{Summary, suppress};
use crate::Text;
use crate::compare::{Cell, Comparison, Direction, Matrix, MatrixCell, Move, Spread, Target, TierClass, TierReport};

/// Customers listed for each direction.
const MOVES: usize = 20;

impl Summary {
    /// The customers of every cell of a matrix as they may be shown, in the order of the cells.
    pub fn shown_cells(&self, matrix: &Matrix) -> Vec<Option<u64>> {
        let width = matrix.y.levels.len().max(1);
        let counts: Vec<u64> = matrix.cells.iter().map(|cell| cell.customers).collect();
        let rows: Vec<Vec<u64>> = counts.chunks(width).map(<[u64]>::to_vec).collect();
        suppress(&rows, self.min_cell()).concat()
    }

    /// The disagreement cells of a comparison that may be shown.
    pub fn shown_disagreements<'a>(&self, comparison: &'a Comparison) -> Vec<&'a Cell> {
        let table = &comparison.contingency;
        let shown = self.shown_counts(comparison);
        let is_shown = |cell: &&Cell| {
            let tier = table.tiers.iter().position(|tier| *tier == cell.tier);
            let cluster = table.clusters.iter().position(|cluster| *cluster == cell.cluster);
            tier.zip(cluster).is_some_and(|(t, c)| shown[t][c].is_some())
        };
        comparison.disagreements.iter().filter(is_shown).collect()
    }

    /// The first twenty customers of a direction whose cell is shown: it is no small one, and covers none.
    pub fn shown_moves(&self, direction: Direction) -> Vec<&Move> {
        let Some(moves) = &self.moves else { return Vec::new() };
        let of_moves = |c: &&Comparison| (&c.tier, &c.clustering) == (&moves.tier, &moves.clustering);
        let Some(comparison) = self.comparisons.iter().find(of_moves) else { return Vec::new() };
        let table = &comparison.contingency;
        let segment = |cell: &Cell| {
            let column = table.clusters.iter().position(|cluster| *cluster == cell.cluster)?;
            Some(&table.cluster_names[column])
        };
        let shown: Vec<(&String, &Text)> = self
            .shown_disagreements(comparison)
            .into_iter()
            .filter_map(|cell| Some((&cell.tier, segment(cell)?)))
            .collect();
        let is_shown = |m: &&Move| m.direction == direction && shown.contains(&(&m.tier, &m.segment));
        moves.customers.iter().filter(is_shown).take(MOVES).collect()
    }

    /// Whether the reach of a segment tells of a handful of people, those who are reached or those who are not.
    pub fn gives_away(&self, target: &Target) -> bool {
        let small = |n: u64| n > 0 && n < self.min_cell();
        small(target.customers) || target.reachable.is_some_and(|n| small(n) || small(target.customers - n))
    }

    /// A tier by itself.
    pub(super) fn tier_json(&self, report: &TierReport) -> Value {
        let shown: Vec<Option<u64>> = match &report.matrix {
            // One table hides the same cells in both its forms.
            Some(matrix) => {
                let cells = matrix.cells.iter().zip(self.shown_cells(matrix));
                let shown: Vec<(&str, Option<u64>)> = cells.map(|(cell, shown)| (cell.tier.as_str(), shown)).collect();
                let of = |tier: &str| shown.iter().find(|(name, _)| *name == tier).and_then(|(_, shown)| *shown);
                report.classes.iter().map(|class| of(&class.tier)).collect()
            }
            None => {
                let counts = report.classes.iter().map(|class| class.customers).collect();
                suppress(&[counts], self.min_cell()).remove(0)
            }
        };
        let class = |(class, shown): (&TierClass, Option<u64>)| {
            json!({
                "tier": class.tier,
                "customers": shown,
                "share": class.share.filter(|_| shown.is_some()),
                "value": class.value.filter(|_| shown.is_some()),
                "value_share": class.value_share.filter(|_| shown.is_some()),
                "service": class.service,
            })
        };
        json!({
            "tier": report.tier,
            "n": report.n,
            "n_without_tier": report.n_without_tier,
            "classes": report.classes.iter().zip(shown).map(class).collect::<Vec<_>>(),
            "concentration": report.concentration,
            "matrix": report.matrix.as_ref().map(|matrix| self.matrix_json(matrix)),
        })
    }

    fn matrix_json(&self, matrix: &Matrix) -> Value {
        let cell = |(cell, shown): (&MatrixCell, Option<u64>)| {
            json!({
                "x": cell.x,
                "y": cell.y,
                "tier": cell.tier,
                "name": cell.name,
                "action": cell.action,
                "customers": shown,
                "share": cell.share.filter(|_| shown.is_some()),
                "value": cell.value.filter(|_| shown.is_some()),
                "value_share": cell.value_share.filter(|_| shown.is_some()),
            })
        };
        let spread = |spread: &Spread| {
            json!({
                "clustering": spread.clustering,
                "clusters": spread.clusters,
                "cluster_names": spread.cluster_names,
                "counts": suppress(&spread.counts, self.min_cell()),
            })
        };
        json!({
            "x": matrix.x,
            "y": matrix.y,
            "cells": matrix.cells.iter().zip(self.shown_cells(matrix)).map(cell).collect::<Vec<_>>(),
            "spreads": matrix.spreads.iter().map(spread).collect::<Vec<_>>(),
        })
    }

    /// The ranked segments.
    pub(super) fn targets_json(&self) -> Value {
        let Some(targets) = &self.targets else { return Value::Null };
        let segment = |target: &Target| {
            let small = !self.target_is_shown(target);
            // Who is reached and which share that is tell the size.
            let hidden = small || self.gives_away(target);
            json!({
                "rank": target.rank,
                "segment_id": target.segment_id,
                "segment": target.segment,
                "customers": (!small).then_some(target.customers),
                "share": (!small).then_some(target.share),
                "value": target.value.filter(|_| !small),
                "mean_value": target.mean_value.filter(|_| !small),
                "reachable": target.reachable.filter(|_| !hidden),
                "reachability": target.reachability.filter(|_| !hidden),
                "score": (!hidden).then_some(target.score),
                "expected_tier": target.expected_tier,
                "service": target.service,
                "action": target.action,
            })
        };
        json!({
            "formula": targets.formula,
            "reach": targets.reach,
            "segments": targets.segments.iter().map(segment).collect::<Vec<_>>(),
        })
    }

    /// Whose tier to look at first.
    pub(super) fn moves_json(&self) -> Value {
        let Some(moves) = &self.moves else { return Value::Null };
        let shown = |n: u64| (n == 0 || n >= self.min_cell()).then_some(n);
        let customers: Vec<&Move> =
            [Direction::TooLow, Direction::TooHigh].into_iter().flat_map(|d| self.shown_moves(d)).collect();
        json!({
            "tier": moves.tier,
            "clustering": moves.clustering,
            "n_too_low": shown(moves.n_too_low),
            "n_too_high": shown(moves.n_too_high),
            "customers": customers,
        })
    }
}
