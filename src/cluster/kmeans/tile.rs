//! Distances of the rows of one tile, all lanes at once.

use super::Centroids;
use crate::matrix::{TILE_ROWS, Tile};

/// One value per lane of a tile.
pub(super) type Lanes<T> = [T; TILE_ROWS];

/// D² of every lane to `point`.
pub(super) fn squared_distances(tile: &Tile<'_>, point: &[f64], out: &mut Lanes<f64>) {
    out.fill(0.0);
    for (j, &p) in point.iter().enumerate() {
        for (sum, &x) in out.iter_mut().zip(tile.padded_column(j)) {
            let difference = f64::from(x) - p;
            *sum += difference * difference;
        }
    }
}

/// The nearest centroid of every lane, the lowest one among equals.
pub(super) struct TileNearest {
    pub(super) label: Lanes<u32>,
    pub(super) distance2: Lanes<f64>,
}

impl TileNearest {
    pub(super) fn of(tile: &Tile<'_>, centroids: &Centroids) -> Self {
        let mut nearest = TileNearest { label: [0; TILE_ROWS], distance2: [f64::INFINITY; TILE_ROWS] };
        let mut candidate = [0.0; TILE_ROWS];
        for (c, centroid) in (0..).zip(centroids.iter()) {
            squared_distances(tile, centroid, &mut candidate);
            for ((label, best), &d2) in nearest.label.iter_mut().zip(&mut nearest.distance2).zip(&candidate) {
                let closer = d2 < *best;
                *label = if closer { c } else { *label };
                *best = if closer { d2 } else { *best };
            }
        }
        nearest
    }
}

/// The nearest and the second nearest centroid of every lane, the lowest ones among equals.
pub(super) struct TileNearestTwo {
    pub(super) nearest: TileNearest,
    pub(super) runner_up: TileNearest,
}

impl TileNearestTwo {
    pub(super) fn of(tile: &Tile<'_>, centroids: &Centroids) -> Self {
        let nobody = || TileNearest { label: [0; TILE_ROWS], distance2: [f64::INFINITY; TILE_ROWS] };
        let (mut nearest, mut runner_up) = (nobody(), nobody());
        let mut candidate = [0.0; TILE_ROWS];
        for (c, centroid) in (0..).zip(centroids.iter()) {
            squared_distances(tile, centroid, &mut candidate);
            for (i, &d2) in candidate.iter().enumerate() {
                if d2 < nearest.distance2[i] {
                    (runner_up.label[i], runner_up.distance2[i]) = (nearest.label[i], nearest.distance2[i]);
                    (nearest.label[i], nearest.distance2[i]) = (c, d2);
                } else if d2 < runner_up.distance2[i] {
                    (runner_up.label[i], runner_up.distance2[i]) = (c, d2);
                }
            }
        }
        TileNearestTwo { nearest, runner_up }
    }
}
