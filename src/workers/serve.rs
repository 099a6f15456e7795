//! A worker: it holds one shard and answers.

use std::io::{self, Read, Write};

use super::message::{self, Greeting, Order, Reply, parsed, read_header, write_answers};
use crate::cluster::kmeans::{Opening, Question, Shard};
use crate::matrix::TiledMatrix;

/// Holds a shard and answers orders until `input` ends: what `segmint worker` does.
///
/// # Errors
/// When `input` or `output` breaks off or is not a driver's.
pub fn serve(input: &mut impl Read, output: &mut impl Write) -> io::Result<()> {
    message::write(output, &Reply::Greeting(Greeting::own()), &[])?;
    let mut open: Option<HeldShard> = None;
    while let Some((header, body_len)) = read_header(input)? {
        match parsed(&header)? {
            Order::Open { opening, threads } => {
                // The memory of the one before first.
                drop(open.take());
                open = Some(HeldShard::read(input, opening, threads, body_len)?);
            }
            Order::Answer { number, questions } => {
                let held = open.as_mut().ok_or_else(|| invalid("an order before a shard"))?;
                held.write_answers(output, number, &questions)?;
            }
        }
    }
    Ok(())
}

/// A shard that a worker of an [`Engine`](super::Engine) holds between orders.
pub struct HeldShard {
    shard: Shard,
    pool: rayon::ThreadPool,
}

impl HeldShard {
    /// The shard that a message opens.
    ///
    /// # Errors
    /// When `message` ends early or opens none.
    pub fn open(message: &mut impl Read) -> io::Result<HeldShard> {
        match next(message)? {
            (Order::Open { opening, threads }, body_len) => HeldShard::read(message, opening, threads, body_len),
            _ => Err(invalid("an order before a shard")),
        }
    }

    /// The message that answers the order in another one.
    ///
    /// # Errors
    /// When `message` ends early or asks nothing.
    pub fn answer(&mut self, message: &mut impl Read) -> io::Result<Vec<u8>> {
        let (Order::Answer { number, questions }, _) = next(message)? else {
            return Err(invalid("a shard for a question"));
        };
        let mut answer = Vec::new();
        self.write_answers(&mut answer, number, &questions)?;
        Ok(answer)
    }

    /// The shard whose values come next.
    fn read(input: &mut impl Read, opening: Opening, threads: usize, body_len: u64) -> io::Result<HeldShard> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(io::Error::other)?;
        Ok(HeldShard { shard: read_shard(input, opening, body_len)?, pool })
    }

    fn write_answers(&mut self, output: &mut impl Write, number: u64, questions: &[Question]) -> io::Result<()> {
        let HeldShard { shard, pool } = self;
        write_answers(output, number, pool.install(|| shard.answers(questions)))
    }
}

/// The next order of `input`, and the length of its body.
fn next(input: &mut impl Read) -> io::Result<(Order, u64)> {
    let (header, body_len) = read_header(input)?.ok_or(io::ErrorKind::UnexpectedEof)?;
    Ok((parsed(&header)?, body_len))
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
