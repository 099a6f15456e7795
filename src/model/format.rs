//! The bytes of a model file: a head of fixed size, a JSON header, the core rows, a checksum.
//!
//! ```text
//! 0   8  magic: 0x89 "SEGMINT"
//! 8   2  major version, little endian; a reader refuses a newer one
//! 10  2  minor version; newer minors only add fields to the header
//! 12  4  zero
//! 16  8  length of the header in bytes
//! 24  8  core rows
//! 32  8  values of a core row
//! 40     the header, JSON in UTF-8
//!        core rows × values f32, row after row, little endian
//!        core rows u32: the cluster of each
//!        32 bytes BLAKE3 of everything before
//! ```

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

use super::{ModelError, Version};
use crate::output_file::OutputFile;

/// The version this program writes.
pub(super) const VERSION: Version = Version { major: 1, minor: 1 };

const MAGIC: [u8; 8] = *b"\x89SEGMINT";
const HEAD_BYTES: usize = 40;
const CHECKSUM_BYTES: u64 = 32;

/// What a model file holds, undamaged but not yet understood.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Contents {
    /// JSON.
    pub(super) header: Vec<u8>,
    /// Core rows, one after the other.
    pub(super) core_rows: Vec<f32>,
    /// Values of a core row.
    pub(super) n_features: usize,
    /// The cluster of every core row.
    pub(super) core_clusters: Vec<u32>,
}

/// Writes `contents` to `path`: the whole file, durable, or nothing.
pub(super) fn write(path: &Path, contents: &Contents) -> Result<(), ModelError> {
    fill(path, contents).map_err(|source| ModelError::Io { action: "write", path: path.to_owned(), source })
}

fn fill(path: &Path, contents: &Contents) -> io::Result<()> {
    let mut out = Hashed { inner: BufWriter::new(OutputFile::create(path)?), hasher: blake3::Hasher::new() };
    out.write_all(&head(contents))?;
    out.write_all(&contents.header)?;
    write_words(&mut out, &contents.core_rows, |value| value.to_le_bytes())?;
    write_words(&mut out, &contents.core_clusters, |cluster| cluster.to_le_bytes())?;
    let checksum = out.hasher.finalize();
    out.inner.write_all(checksum.as_bytes())?;
    out.inner.into_inner()?.finish()
}

fn head(contents: &Contents) -> [u8; HEAD_BYTES] {
    let mut head = [0; HEAD_BYTES];
    head[..8].copy_from_slice(&MAGIC);
    head[8..10].copy_from_slice(&VERSION.major.to_le_bytes());
    head[10..12].copy_from_slice(&VERSION.minor.to_le_bytes());
    let counts = [contents.header.len(), contents.core_clusters.len(), contents.n_features];
    for (at, count) in [16, 24, 32].into_iter().zip(counts) {
        head[at..at + 8].copy_from_slice(&(count as u64).to_le_bytes());
    }
    head
}

/// Reads the file at `path`.
pub(super) fn read(path: &Path) -> Result<Contents, ModelError> {
    let failed = |source| ModelError::Io { action: "read", path: path.to_owned(), source };
    let damaged = |detail: &str| ModelError::Damaged { path: path.to_owned(), detail: detail.to_owned() };
    let file = File::open(path).map_err(failed)?;
    let n_bytes = fs::metadata(path).map_err(failed)?.len();
    let mut input = Hashed { inner: BufReader::new(file), hasher: blake3::Hasher::new() };

    let mut head = [0; HEAD_BYTES];
    let n_read = read_up_to(&mut input, &mut head).map_err(failed)?;
    if head[..8] != MAGIC {
        // A shorter beginning of the magic is a truncated model; an empty file is not one at all.
        return Err(ModelError::NotAModel { path: path.to_owned() });
    }
    let half = |at: usize| u16::from_le_bytes([head[at], head[at + 1]]);
    let version = Version { major: half(8), minor: half(10) };
    if n_read >= 12 && version.major > VERSION.major {
        return Err(ModelError::NewerFormat { path: path.to_owned(), version });
    }
    if n_read < HEAD_BYTES {
        return Err(damaged("it ends early"));
    }
    let count = |at: usize| u64::from_le_bytes(head[at..at + 8].try_into().expect("eight bytes"));
    let [n_header, n_core, n_features] = [16, 24, 32].map(count);
    let lengths = Lengths::of(n_header, n_core, n_features).ok_or_else(|| damaged("its head is not possible"))?;
    match n_bytes.cmp(&lengths.file) {
        std::cmp::Ordering::Less => return Err(damaged("it ends early")),
        std::cmp::Ordering::Greater => return Err(damaged("it has bytes after its end")),
        std::cmp::Ordering::Equal => {}
    }

    let early = |error: io::Error| match error.kind() {
        io::ErrorKind::UnexpectedEof => damaged("it ends early"),
        _ => failed(error),
    };
    let mut header = vec![0; lengths.header];
    input.read_exact(&mut header).map_err(early)?;
    let core_rows = read_words(&mut input, lengths.values, f32::from_le_bytes).map_err(early)?;
    let core_clusters = read_words(&mut input, lengths.core, u32::from_le_bytes).map_err(early)?;
    let expected = input.hasher.finalize();
    let mut checksum = [0; CHECKSUM_BYTES as usize];
    input.inner.read_exact(&mut checksum).map_err(early)?;
    if expected != blake3::Hash::from_bytes(checksum) {
        return Err(damaged("its checksum does not fit its content"));
    }
    Ok(Contents { header, core_rows, n_features: lengths.n_features, core_clusters })
}

/// Sizes that fit this machine's memory and belong together.
struct Lengths {
    header: usize,
    core: usize,
    n_features: usize,
    values: usize,
    file: u64,
}

impl Lengths {
    fn of(header: u64, core: u64, n_features: u64) -> Option<Self> {
        let values = core.checked_mul(n_features)?;
        let words = values.checked_add(core)?.checked_mul(4)?;
        let file = (HEAD_BYTES as u64).checked_add(header)?.checked_add(words)?.checked_add(CHECKSUM_BYTES)?;
        Some(Lengths {
            header: usize::try_from(header).ok()?,
            core: usize::try_from(core).ok()?,
            n_features: usize::try_from(n_features).ok()?,
            values: usize::try_from(values).ok()?,
            file,
        })
    }
}

/// Hashes what passes through.
struct Hashed<T> {
    inner: T,
    hasher: blake3::Hasher,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..n]);
        Ok(n)
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let n = self.inner.write(buffer)?;
        self.hasher.update(&buffer[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Words that pass at once: 64 KB keep the hash fast and the memory small.
const WORDS_AT_ONCE: usize = 16 * 1024;

fn write_words<T: Copy>(out: &mut impl Write, words: &[T], bytes: impl Fn(T) -> [u8; 4]) -> io::Result<()> {
    let mut buffer = Vec::with_capacity(WORDS_AT_ONCE * 4);
    for part in words.chunks(WORDS_AT_ONCE) {
        buffer.clear();
        buffer.extend(part.iter().flat_map(|&word| bytes(word)));
        out.write_all(&buffer)?;
    }
    Ok(())
}

fn read_words<T>(input: &mut impl Read, n: usize, word: impl Fn([u8; 4]) -> T) -> io::Result<Vec<T>> {
    let mut words = Vec::with_capacity(n);
    let mut buffer = vec![0; WORDS_AT_ONCE.min(n) * 4];
    while words.len() < n {
        let part = &mut buffer[..(n - words.len()).min(WORDS_AT_ONCE) * 4];
        input.read_exact(part)?;
        words.extend(part.as_chunks::<4>().0.iter().map(|&bytes| word(bytes)));
    }
    Ok(words)
}

/// Fills `buffer` as far as the input goes.
fn read_up_to(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut n = 0;
    while n < buffer.len() {
        match input.read(&mut buffer[n..]) {
            Ok(0) => break,
            Ok(more) => n += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(n)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn contents() -> impl Strategy<Value = Contents> {
        let header = prop::collection::vec(any::<u8>(), 0..60);
        (header, 0_usize..4, 0_usize..6).prop_flat_map(|(header, n_features, n_core)| {
            let rows = prop::collection::vec(any::<f32>(), n_features * n_core);
            let clusters = prop::collection::vec(any::<u32>(), n_core);
            (Just(header), rows, clusters).prop_map(move |(header, core_rows, core_clusters)| Contents {
                header,
                core_rows,
                n_features,
                core_clusters,
            })
        })
    }

    fn bits(contents: &Contents) -> (Vec<u8>, Vec<u32>, usize, Vec<u32>) {
        let rows = contents.core_rows.iter().map(|value| value.to_bits()).collect();
        (contents.header.clone(), rows, contents.n_features, contents.core_clusters.clone())
    }

    fn written(contents: &Contents) -> (tempfile::TempDir, std::path::PathBuf, Vec<u8>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.segmint");
        write(&path, contents).unwrap();
        let bytes = fs::read(&path).unwrap();
        (folder, path, bytes)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn contents_come_back_bit_for_bit(contents in contents()) {
            let (_folder, path, _) = written(&contents);
            prop_assert_eq!(bits(&read(&path).unwrap()), bits(&contents));
        }

        #[test]
        fn any_changed_bit_is_refused(contents in contents(), at: prop::sample::Index, bit in 0_u8..8) {
            let (_folder, path, mut bytes) = written(&contents);
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            fs::write(&path, &bytes).unwrap();
            prop_assert!(read(&path).is_err());
        }

        #[test]
        fn any_part_of_a_file_is_refused(contents in contents(), at: prop::sample::Index) {
            let (_folder, path, bytes) = written(&contents);
            fs::write(&path, &bytes[..at.index(bytes.len())]).unwrap();
            prop_assert!(read(&path).is_err());
        }

        #[test]
        fn arbitrary_bytes_are_refused(mut bytes in prop::collection::vec(any::<u8>(), 0..200), as_model: bool) {
            if as_model && bytes.len() >= 12 {
                bytes[..8].copy_from_slice(&MAGIC);
                bytes[8..12].copy_from_slice(&[1, 0, 0, 0]);
            }
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("x");
            fs::write(&path, &bytes).unwrap();
            prop_assert!(read(&path).is_err());
        }
    }

    #[test]
    fn a_newer_major_version_is_named_and_a_newer_minor_is_read() {
        let contents = Contents { header: b"{}".to_vec(), core_rows: vec![1.0], n_features: 1, core_clusters: vec![0] };
        let (_folder, path, mut bytes) = written(&contents);
        bytes[8] = 2;
        fs::write(&path, &bytes).unwrap();
        let message = read(&path).unwrap_err().to_string();
        assert_eq!(message, format!("{} is a model of format 2.1, this program reads 1.x", path.display()));
        bytes[8] = 1;
        bytes[10] = 7;
        let end = bytes.len() - 32;
        let checksum = blake3::hash(&bytes[..end]);
        bytes[end..].copy_from_slice(checksum.as_bytes());
        fs::write(&path, &bytes).unwrap();
        assert_eq!(read(&path).unwrap(), contents);
    }
}
