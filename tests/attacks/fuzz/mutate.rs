//! What becomes of a file: bytes and lines changed, cut out, doubled, and mixed with those of another.

use std::ops::Range;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Numbers at the ends of what formats count with.
const ENDS: [u64; 9] =
    [0, 1, 0x7f, 0xff, 0x7fff_ffff, 0xffff_ffff, 0x7fff_ffff_ffff_ffff, u64::MAX, 0x8000_0000_0000_0000];

/// Words that texts are read by.
const WORDS: [&str; 22] = [
    "0",
    "-1",
    "1e308",
    "-0.0",
    "nan",
    "inf",
    "18446744073709551616",
    "null",
    "true",
    "[]",
    "{}",
    "\"\"",
    "''",
    "[[",
    "\u{feff}",
    "\u{1b}[2J",
    "\n",
    "\t",
    "…",
    "2024-02-30",
    "99999999999999999999-01-01",
    "\"\\ud800\"",
];

/// `bytes`, changed in a few places; `other` is another file of the same kind.
pub(super) fn mutated(bytes: &[u8], other: &[u8], random: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let is_text = std::str::from_utf8(&bytes).is_ok();
    for _ in 0..random.random_range(1..=4) {
        if bytes.is_empty() {
            break;
        }
        match random.random_range(0..if is_text { 12 } else { 7 }) {
            0 => *at(&mut bytes, random) ^= 1 << random.random_range(0..8),
            1 => *at(&mut bytes, random) = random.random(),
            2 => drop(bytes.drain(part(bytes.len(), random))),
            3 => {
                let part = bytes[part(bytes.len(), random)].to_vec();
                put(&mut bytes, &part, random);
            }
            4 if !other.is_empty() => {
                let part = other[part(other.len(), random)].to_vec();
                put(&mut bytes, &part, random);
            }
            5 => {
                let number = ENDS[random.random_range(0..ENDS.len())].to_le_bytes();
                let n = [1, 2, 4, 8][random.random_range(0..4)].min(bytes.len());
                let first = random.random_range(0..=bytes.len() - n);
                bytes[first..first + n].copy_from_slice(&number[..n]);
            }
            6 => bytes.truncate(random.random_range(0..bytes.len())),
            7 | 8 => {
                let word = WORDS[random.random_range(0..WORDS.len())].as_bytes();
                let token = token(&bytes, random);
                bytes.splice(token, word.iter().copied());
            }
            9 => drop(bytes.drain(token(&bytes, random))),
            10 => {
                let part = bytes[token(&bytes, random)].to_vec();
                let place = token(&bytes, random);
                bytes.splice(place, part);
            }
            _ => {
                let part = bytes[line(&bytes, random)].to_vec();
                let place = line(&bytes, random).start;
                bytes.splice(place..place, part);
            }
        }
    }
    bytes
}

fn at<'a>(bytes: &'a mut [u8], random: &mut ChaCha8Rng) -> &'a mut u8 {
    let place = random.random_range(0..bytes.len());
    &mut bytes[place]
}

/// A short stretch, seldom a long one.
fn part(length: usize, random: &mut ChaCha8Rng) -> Range<usize> {
    let most = if random.random_range(0..5) == 0 { length } else { length.min(16) };
    let n = random.random_range(1..=most);
    let first = random.random_range(0..=length - n);
    first..first + n
}

fn put(bytes: &mut Vec<u8>, part: &[u8], random: &mut ChaCha8Rng) {
    let place = random.random_range(0..=bytes.len());
    // Half of the time in place of what is there, so that what follows stays where it is.
    let end = if random.random() { (place + part.len()).min(bytes.len()) } else { place };
    bytes.splice(place..end, part.iter().copied());
}

/// A word, a number or a mark of a text.
fn token(bytes: &[u8], random: &mut ChaCha8Rng) -> Range<usize> {
    around(bytes, random, |byte| byte.is_ascii_alphanumeric() || b"_.-+".contains(&byte))
}

fn line(bytes: &[u8], random: &mut ChaCha8Rng) -> Range<usize> {
    let line = around(bytes, random, |byte| byte != b'\n');
    line.start..(line.end + 1).min(bytes.len())
}

/// The bytes of a kind around a place, at least one.
fn around(bytes: &[u8], random: &mut ChaCha8Rng, is_of_kind: impl Fn(u8) -> bool) -> Range<usize> {
    let place = random.random_range(0..bytes.len());
    let first = bytes[..place].iter().rposition(|&byte| !is_of_kind(byte)).map_or(0, |before| before + 1);
    let end = bytes[place..].iter().position(|&byte| !is_of_kind(byte)).map_or(bytes.len(), |n| place + n);
    first.min(place)..end.max(place + 1)
}
