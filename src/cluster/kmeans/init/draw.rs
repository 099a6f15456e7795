use rand::RngExt;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::matrix::TILE_ROWS;
use crate::random::stream;

/// Rows that share one random stream.
const STREAM_ROWS: usize = 64 * TILE_ROWS;

/// One draw of candidates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Draw {
    pub(super) seed: u64,
    /// Of the random streams.
    pub(super) name: String,
    /// A row at squared distance d² is drawn with this probability times d².
    pub(super) factor: f64,
}

impl Draw {
    /// The rows that are drawn of those whose distances are `distances2`; the first of them is row `first`.
    pub(in crate::cluster::kmeans) fn rows(&self, distances2: &[f64], first: usize) -> Vec<usize> {
        let (begin, end) = (first / STREAM_ROWS, (first + distances2.len()).div_ceil(STREAM_ROWS));
        let of_stream = |c: usize| {
            let rows = (c * STREAM_ROWS).max(first)..((c + 1) * STREAM_ROWS).min(first + distances2.len());
            let mut rng = stream(self.seed, &self.name, c as u64);
            // A number takes two words of the stream.
            rng.set_word_pos(2 * (rows.start - c * STREAM_ROWS) as u128);
            rows.filter(move |row| rng.random::<f64>() < self.factor * distances2[row - first])
        };
        (begin..end).into_par_iter().flat_map_iter(of_stream).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_the_rows_draw_what_all_of_them_do() {
        let distances2: Vec<f64> = (0..20_000).map(|i| f64::from(i % 7)).collect();
        let draw = Draw { seed: 5, name: "test".to_owned(), factor: 0.01 };
        let all = draw.rows(&distances2, 0);
        assert!(all.len() > 400);
        for cuts in [vec![0, 64, 20_000], vec![0, 4096, 4160, 12_352, 20_000]] {
            let parts = cuts.windows(2).flat_map(|cut| draw.rows(&distances2[cut[0]..cut[1]], cut[0]));
            assert_eq!(parts.collect::<Vec<_>>(), all);
        }
    }
}
