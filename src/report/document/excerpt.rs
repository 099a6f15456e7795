//! Parts of a report that stand by themselves in another page, as a notebook shows them.

use super::{Block, overview, pictures, refit, segment};
use crate::sharing::SharedRun;

/// A part of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excerpt {
    /// What came of the run, and the segments at a glance.
    Cards,
    /// Where every segment stands in every feature.
    Positions,
    /// Where the customers lie on the first two principal axes.
    Map,
    /// How customers and value are divided.
    Sizes,
    /// What was measured of every k.
    Ks,
    /// Who went where since the run before.
    Migration,
}

impl Excerpt {
    /// What it says of `run`; nothing where the run does not tell.
    pub(in crate::report) fn blocks(self, run: &SharedRun) -> Vec<Block> {
        match self {
            Excerpt::Cards => overview::at_a_glance(run),
            Excerpt::Positions => vec![Block::Table(segment::positions(run))],
            Excerpt::Map => vec![Block::Pictures(vec![pictures::map(run)])],
            Excerpt::Sizes => vec![Block::Shares(overview::shares(run))],
            Excerpt::Ks => pictures::k_curve(run).map(|picture| Block::Pictures(vec![picture])).into_iter().collect(),
            Excerpt::Migration => refit::flows(run).map(|picture| Block::Pictures(vec![picture])).into_iter().collect(),
        }
    }
}
