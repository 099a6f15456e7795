//! Rows in chunks, one being decoded while the one before is looked at.

use super::FeaturesError;
use crate::load::{Chunk, LoadError, RowStream};
use crate::monitor::{Monitor, Task};

/// Hands `visit` every chunk, in order, while the next is being decoded.
pub(super) fn each_chunk(
    stream: &mut RowStream,
    monitor: &Monitor,
    task: &Task,
    mut visit: impl FnMut(&Chunk) -> Result<(), FeaturesError> + Send,
) -> Result<(), FeaturesError> {
    let mut next: Option<Result<Chunk, LoadError>> = stream.next();
    while let Some(chunk) = next.transpose()? {
        monitor.check()?;
        let (following, visited) = rayon::join(|| stream.next(), || visit(&chunk));
        visited?;
        task.advance(chunk.n_rows as u64);
        next = following;
    }
    Ok(())
}
