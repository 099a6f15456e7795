//! What drivers and workers say to each other, as bytes.
//!
//! A message is the number of the protocol (u32), the lengths of its two parts (u64 each), a header in JSON, and a body of plain
//! numbers; integers before the header are little-endian, the numbers of the body in the order of the machine, which a worker tells
//! when it greets.

use std::io::{self, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::cluster::kmeans::{Opening, Question, ShardAnswer, ShardFound};

/// Changes whenever a message does.
const PROTOCOL: u32 = 2;
/// Bytes of the longest header that is read.
const LONGEST_HEADER: u64 = 1 << 32;

/// What a driver says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Order {
    /// Hold this shard; the body is the values of its tiles.
    Open { opening: Opening, threads: usize },
    /// Answer these.
    Answer { number: u64, questions: Vec<Question> },
}

/// What a worker says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Reply {
    /// The first message.
    Greeting(Greeting),
    /// Parts in the order of the questions; the body is what belongs to the first of them, then to the next.
    Answer { number: u64, parts: Vec<Part> },
}

/// What a worker says to one question; to it belong the numbers of the tiles, then the labels of the rows.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Part {
    found: ShardFound,
    n_per_tile: usize,
    n_labels: usize,
}

/// Who a worker is.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Greeting {
    pub(super) version: String,
    pub(super) is_little_endian: bool,
}

impl Greeting {
    /// Of this program.
    pub(super) fn own() -> Self {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        Greeting { version, is_little_endian: cfg!(target_endian = "little") }
    }
}

/// A message as it came.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Message {
    header: Vec<u8>,
    pub(super) body: Vec<u8>,
}

impl Message {
    /// The next message of `input`; `None` at its end.
    pub(super) fn read(input: &mut impl Read) -> io::Result<Option<Message>> {
        let Some((header, body_len)) = read_header(input)? else { return Ok(None) };
        let mut body = Vec::new();
        read_part(input, body_len, &mut body)?;
        Ok(Some(Message { header, body }))
    }

    /// What its header says.
    pub(super) fn said<T: DeserializeOwned>(&self) -> io::Result<T> {
        parsed(&self.header)
    }

    /// What stands for its contents.
    pub(super) fn hash(&self) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&(self.header.len() as u64).to_le_bytes()).update(&self.header).update(&self.body);
        hasher.finalize()
    }
}

/// Writes a message; `body` is the parts of its body.
pub(super) fn write(output: &mut impl Write, header: &impl Serialize, body: &[&[u8]]) -> io::Result<()> {
    let header = serde_json::to_vec(header)?;
    let body_len: usize = body.iter().map(|part| part.len()).sum();
    let lengths = [header.len(), body_len].map(|length| (length as u64).to_le_bytes());
    // In one piece: a pipe is woken for every write.
    output.write_all(&[&PROTOCOL.to_le_bytes()[..], &lengths[0], &lengths[1], &header].concat())?;
    body.iter().try_for_each(|part| output.write_all(part))?;
    output.flush()
}

/// A message as bytes; `body` is the parts of its body.
pub(super) fn bytes(header: &impl Serialize, body: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut bytes, header, body).expect("memory takes what is written to it");
    bytes
}

/// The header of the next message, and the length of its body, which is still to be read; `None` at the end of `input`.
pub(super) fn read_header(input: &mut impl Read) -> io::Result<Option<(Vec<u8>, u64)>> {
    let mut protocol = [0; 4];
    // An end between two messages is one, an end within a message is a loss.
    if input.read(&mut protocol[..1])? == 0 {
        return Ok(None);
    }
    input.read_exact(&mut protocol[1..])?;
    if u32::from_le_bytes(protocol) != PROTOCOL {
        return Err(invalid(format!("its message does not begin as one of protocol {PROTOCOL}")));
    }
    let mut length = || -> io::Result<u64> {
        let mut bytes = [0; 8];
        input.read_exact(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    };
    let (header_len, body_len) = (length()?, length()?);
    if header_len > LONGEST_HEADER {
        return Err(invalid(format!("its message has a header of {header_len} bytes")));
    }
    let mut header = Vec::new();
    read_part(input, header_len, &mut header)?;
    Ok(Some((header, body_len)))
}

/// What a header says.
pub(super) fn parsed<T: DeserializeOwned>(header: &[u8]) -> io::Result<T> {
    serde_json::from_slice(header).map_err(|error| invalid(format!("its message cannot be read: {error}")))
}

fn read_part(input: &mut impl Read, length: u64, part: &mut Vec<u8>) -> io::Result<()> {
    // Memory is taken as bytes come, not as a length promises.
    match input.take(length).read_to_end(part)? as u64 == length {
        true => Ok(()),
        false => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

/// Writes answers to question `number`.
pub(super) fn write_answers(output: &mut impl Write, number: u64, answers: Vec<ShardAnswer>) -> io::Result<()> {
    let body: Vec<&[u8]> = answers
        .iter()
        .flat_map(|answer| [bytemuck::cast_slice(&answer.per_tile), bytemuck::cast_slice(&answer.labels)])
        .collect();
    let parts = answers.iter().map(|answer| Part {
        found: answer.found.clone(),
        n_per_tile: answer.per_tile.len(),
        n_labels: answer.labels.len(),
    });
    write(output, &Reply::Answer { number, parts: parts.collect() }, &body)
}

/// The answers of a message with these parts, and this body.
pub(super) fn answers_of(parts: Vec<Part>, mut body: &[u8]) -> io::Result<Vec<ShardAnswer>> {
    let mut answers = Vec::with_capacity(parts.len());
    for Part { found, n_per_tile, n_labels } in parts {
        let (per_tile, labels) = (numbers(&mut body, n_per_tile)?, numbers(&mut body, n_labels)?);
        answers.push(ShardAnswer { found, per_tile, labels });
    }
    if body.is_empty() { Ok(answers) } else { Err(of_another_length()) }
}

/// Takes `n` numbers from the beginning of `body`.
fn numbers<T: bytemuck::Pod>(body: &mut &[u8], n: usize) -> io::Result<Vec<T>> {
    let length = n.checked_mul(size_of::<T>()).ok_or_else(of_another_length)?;
    let (taken, rest) = body.split_at_checked(length).ok_or_else(of_another_length)?;
    *body = rest;
    let mut numbers = vec![T::zeroed(); n];
    bytemuck::cast_slice_mut::<T, u8>(&mut numbers).copy_from_slice(taken);
    Ok(numbers)
}

fn of_another_length() -> io::Error {
    invalid("its answer has another length than it says".to_owned())
}

fn invalid(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_back_bit_for_bit() {
        let farthest = ShardAnswer {
            found: ShardFound::Farthest(vec![(0.1 + 0.2, 7), (f64::MIN_POSITIVE, 0)]),
            per_tile: vec![1.0 / 3.0, -0.0, 5e-324],
            labels: vec![3, u32::MAX],
        };
        let nothing = ShardAnswer { per_tile: vec![0.5], ..ShardFound::Nothing.into() };
        let answers = vec![farthest, nothing];
        let mut bytes = Vec::new();
        write_answers(&mut bytes, 9, answers.clone()).unwrap();
        let message = Message::read(&mut &bytes[..]).unwrap().unwrap();
        let Reply::Answer { number, parts } = message.said().unwrap() else { panic!() };
        let back = answers_of(parts, &message.body).unwrap();
        assert_eq!((number, &back), (9, &answers));
        assert_eq!(back[0].per_tile[1].to_bits(), (-0.0_f64).to_bits());
    }

    #[test]
    fn an_end_between_messages_is_one_and_an_end_within_is_not() {
        let mut bytes = Vec::new();
        write(&mut bytes, &Reply::Greeting(Greeting::own()), &[]).unwrap();
        let mut whole = &bytes[..];
        assert!(Message::read(&mut whole).unwrap().is_some());
        assert_eq!(Message::read(&mut whole).unwrap(), None);
        for length in 1..bytes.len() {
            let kind = Message::read(&mut &bytes[..length]).unwrap_err().kind();
            assert_eq!(kind, io::ErrorKind::UnexpectedEof, "{length}");
        }
    }

    #[test]
    fn what_is_no_message_is_said_so() {
        let error = Message::read(&mut &b"bash: segmint: command not found"[..]).unwrap_err();
        assert_eq!(error.to_string(), "its message does not begin as one of protocol 2");
        for (n_per_tile, length) in [(usize::MAX, 4), (0, 3), (0, 5), (1, 4)] {
            let part = Part { found: ShardFound::Nothing, n_per_tile, n_labels: 1 };
            let error = answers_of(vec![part], &vec![0; length]).unwrap_err();
            assert_eq!(error.to_string(), "its answer has another length than it says");
        }
    }
}
