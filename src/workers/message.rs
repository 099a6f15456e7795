//! What drivers and workers say to each other, as bytes.
//!
//! A message is the number of the protocol (u32), the lengths of its two parts (u64 each), a header in JSON, and a body of plain
//! numbers; integers before the header are little-endian, the numbers of the body in the order of the machine, which a worker tells
//! when it greets.

use std::io::{self, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::cluster::kmeans::{Opening, ShardAnswer, ShardFound, ShardTask};

/// Changes whenever a message does.
const PROTOCOL: u32 = 1;
/// Bytes of the longest header that is read.
const LONGEST_HEADER: u64 = 1 << 32;

/// What a driver says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Order {
    /// Hold this shard; the body is the values of its tiles.
    Open { opening: Opening, threads: usize },
    /// Answer this.
    Answer { number: u64, task: ShardTask },
}

/// What a worker says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Reply {
    /// The first message.
    Greeting(Greeting),
    /// The body is the numbers of the tiles, then the labels of the rows.
    Answer { number: u64, found: ShardFound, n_per_tile: usize, n_labels: usize },
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

/// Writes an answer.
pub(super) fn write_answer(output: &mut impl Write, number: u64, answer: ShardAnswer) -> io::Result<()> {
    let ShardAnswer { found, per_tile, labels } = answer;
    let reply = Reply::Answer { number, found, n_per_tile: per_tile.len(), n_labels: labels.len() };
    write(output, &reply, &[bytemuck::cast_slice(&per_tile), bytemuck::cast_slice(&labels)])
}

/// The answer whose header says this, and whose body this is.
pub(super) fn answer_of(found: ShardFound, n_per_tile: usize, n_labels: usize, body: &[u8]) -> io::Result<ShardAnswer> {
    if Some(body.len()) != n_per_tile.checked_mul(8).zip(n_labels.checked_mul(4)).and_then(|(a, b)| a.checked_add(b)) {
        return Err(invalid("its answer has another length than it says".to_owned()));
    }
    let (mut per_tile, mut labels) = (vec![0.0_f64; n_per_tile], vec![0_u32; n_labels]);
    let (first, second) = body.split_at(8 * n_per_tile);
    bytemuck::cast_slice_mut::<f64, u8>(&mut per_tile).copy_from_slice(first);
    bytemuck::cast_slice_mut::<u32, u8>(&mut labels).copy_from_slice(second);
    Ok(ShardAnswer { found, per_tile, labels })
}

fn invalid(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_back_bit_for_bit() {
        let answer = ShardAnswer {
            found: ShardFound::Farthest(vec![(0.1 + 0.2, 7), (f64::MIN_POSITIVE, 0)]),
            per_tile: vec![1.0 / 3.0, -0.0, 5e-324],
            labels: vec![3, u32::MAX],
        };
        let mut bytes = Vec::new();
        write_answer(&mut bytes, 9, answer.clone()).unwrap();
        let message = Message::read(&mut &bytes[..]).unwrap().unwrap();
        let Reply::Answer { number, found, n_per_tile, n_labels } = message.said().unwrap() else { panic!() };
        let back = answer_of(found, n_per_tile, n_labels, &message.body).unwrap();
        assert_eq!((number, &back), (9, &answer));
        assert_eq!(back.per_tile[1].to_bits(), (-0.0_f64).to_bits());
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
        assert_eq!(error.to_string(), "its message does not begin as one of protocol 1");
        let error = answer_of(ShardFound::Nothing, usize::MAX, 1, &[0; 4]).unwrap_err();
        assert_eq!(error.to_string(), "its answer has another length than it says");
    }
}
