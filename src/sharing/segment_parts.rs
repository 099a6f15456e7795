//! Parts of the segments of a run, as far as they may be told.

/// Counts as they may be shown, parts × segments.
pub(super) type Cells = Vec<Vec<Option<u64>>>;

/// The parts of the segments of a run.
#[derive(Debug, Clone, Default)]
pub(super) struct SegmentParts<'a> {
    /// Of every attribute the levels that a portrait speaks of, and their cells.
    pub(super) levels: Vec<(&'a str, Vec<Option<&'a str>>, Cells)>,
    /// Of every column the segments in which the members without a value may be told.
    pub(super) missing: Vec<(&'a str, Vec<bool>)>,
    /// With the level that is counted, with the other, with neither.
    pub(super) outcome: Cells,
    /// Within reach, and not.
    pub(super) reached: Cells,
}
