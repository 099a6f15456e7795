//! A worker: it holds one shard and answers.

use std::io::{self, Read, Write};

use super::message::{self, Greeting, Order, Reply, parsed, read_header, write_answer};
use crate::cluster::kmeans::{Opening, Shard};
use crate::matrix::TiledMatrix;

/// Holds a shard and answers orders until `input` ends: what `segmint worker` does.
///
/// # Errors
/// When `input` or `output` breaks off or is not a driver's.
pub fn serve(input: &mut impl Read, output: &mut impl Write) -> io::Result<()> {
    message::write(output, &Reply::Greeting(Greeting::own()), &[])?;
    let mut open: Option<(Shard, rayon::ThreadPool)> = None;
    while let Some((header, body_len)) = read_header(input)? {
        match parsed(&header)? {
            Order::Open { opening, threads } => {
                // The memory of the one before first.
                drop(open.take());
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(io::Error::other)?;
                open = Some((read_shard(input, opening, body_len)?, pool));
            }
            Order::Answer { number, task } => {
                let (shard, pool) = open.as_mut().ok_or_else(|| invalid("an order before a shard"))?;
                write_answer(output, number, pool.install(|| shard.answer(&task)))?;
            }
        }
    }
    Ok(())
}

/// The shard whose values come next.
fn read_shard(input: &mut impl Read, opening: Opening, body_len: u64) -> io::Result<Shard> {
    let matrix = TiledMatrix::of_tiles(opening.n_rows, opening.n_features, |values| {
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(values);
        match bytes.len() as u64 == body_len {
            true => input.read_exact(bytes),
            false => Err(invalid("a shard of another length than it says")),
        }
    })?;
    let matrix = matrix.ok_or_else(|| invalid("a shard with values that are no numbers"))?;
    Ok(Shard::open(opening, matrix))
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
