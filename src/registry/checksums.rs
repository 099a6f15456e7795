//! `checksums.txt`: what the files of a run were when it was recorded, so that a damaged one is not taken for it.
//!
//! One line a file, in the order of their names: 64 hexadecimal digits of BLAKE3, two blanks, the name, as `b3sum` writes and
//! checks them. Nothing else may stand in it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::RegistryError;

/// The file itself.
const CHECKSUMS: &str = "checksums.txt";
/// The page in a run's folder. It is made again at any time, so it is not what was recorded.
pub const PAGE: &str = "report.html";
/// The first minor version of format 1 whose runs have checksums.
const SINCE_MINOR: u32 = 2;
/// What every run has.
const NEEDED: [&str; 8] = [
    "assignments.parquet",
    "charts.json",
    "comparison.json",
    "disagreements.parquet",
    "model.segmint",
    "run.json",
    "segments.json",
    "segments.parquet",
];

/// The checksum of every file, by name.
#[derive(Debug, PartialEq)]
pub(super) struct Checksums(BTreeMap<String, blake3::Hash>);

impl Checksums {
    /// Those of the files in `folder` as they are now.
    fn of(folder: &Path) -> Result<Self, RegistryError> {
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(folder).map_err(RegistryError::io("read", folder))? {
            let entry = entry.map_err(RegistryError::io("read", folder))?;
            let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
            let Some(name) = entry.file_name().to_str().filter(|_| is_file).map(str::to_owned) else { continue };
            if name != CHECKSUMS && name != PAGE && is_plain(&name) {
                let hash = hash(&entry.path()).map_err(RegistryError::io("read", &entry.path()))?;
                files.insert(name, hash);
            }
        }
        Ok(Checksums(files))
    }

    /// Those recorded in `folder`; `None` without the file.
    ///
    /// # Errors
    /// When the file cannot be read, or is not as it was written.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>, RegistryError> {
        let path = folder.join(CHECKSUMS);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(RegistryError::Unreadable { path, source }),
        };
        let checksums = std::str::from_utf8(&bytes).ok().and_then(Checksums::parsed);
        match checksums.filter(|checksums| checksums.text().as_bytes() == bytes) {
            Some(checksums) => Ok(Some(checksums)),
            None => Err(RegistryError::Altered { path, how: "it is no list of checksums".to_owned() }),
        }
    }

    fn parsed(text: &str) -> Option<Self> {
        let line = |line: &str| {
            let (hash, name) = line.split_once("  ")?;
            is_plain(name).then_some((name.to_owned(), blake3::Hash::from_hex(hash).ok()?))
        };
        Some(Checksums(text.lines().map(line).collect::<Option<_>>()?))
    }

    fn text(&self) -> String {
        self.0.iter().fold(String::new(), |mut text, (name, hash)| {
            writeln!(text, "{hash}  {name}").expect("text takes text");
            text
        })
    }

    /// Holds every file against its checksum.
    ///
    /// # Errors
    /// [`RegistryError::Missing`] and [`RegistryError::Altered`] with the first file that is not as it was.
    pub(super) fn verify(&self, folder: &Path) -> Result<(), RegistryError> {
        if let Some(name) = NEEDED.into_iter().find(|name| !self.0.contains_key(*name)) {
            return Err(RegistryError::Altered {
                path: folder.join(CHECKSUMS),
                how: format!("it does not list {name}"),
            });
        }
        // Whether all are there is quick to say and explains the most.
        self.0.keys().try_for_each(|name| there(&folder.join(name)))?;
        self.0.iter().try_for_each(|(name, recorded)| verify_one(&folder.join(name), recorded))
    }

    /// [`verify`](Self::verify) of one file, and that the others are there.
    pub(super) fn verify_quickly(&self, folder: &Path, name: &str) -> Result<(), RegistryError> {
        self.0.keys().try_for_each(|name| there(&folder.join(name)))?;
        self.0.get(name).map_or(Ok(()), |recorded| verify_one(&folder.join(name), recorded))
    }
}

/// Whether runs of this format have checksums.
pub(super) fn are_expected(format: Option<&str>) -> bool {
    let minor = format.and_then(|format| format.split('.').nth(1)?.parse::<u32>().ok());
    minor.is_some_and(|minor| minor >= SINCE_MINOR)
}

/// That a run of this format should have checksums.
pub(super) fn missing(folder: &Path) -> RegistryError {
    RegistryError::Missing { path: folder.join(CHECKSUMS) }
}

/// Writes `checksums.txt` over all files in `folder` but itself and the page, as they are now.
///
/// A run gets it when it is [committed](super::PendingRun::commit). Whoever changes a file of a run on purpose writes it again.
///
/// # Errors
/// When a file cannot be read, or it cannot be written.
pub fn write_checksums(folder: &Path) -> Result<(), RegistryError> {
    let text = Checksums::of(folder)?.text();
    super::replace_file(folder, CHECKSUMS, text)
}

/// A name that can stand on a line and leads nowhere else.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\']) && !name.contains(char::is_control)
}

fn there(path: &Path) -> Result<(), RegistryError> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => Ok(()),
        Ok(_) => Err(RegistryError::Altered { path: path.to_owned(), how: "it is no file".to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(RegistryError::Missing { path: path.to_owned() }),
        Err(source) => Err(RegistryError::Unreadable { path: path.to_owned(), source }),
    }
}

fn verify_one(path: &Path, recorded: &blake3::Hash) -> Result<(), RegistryError> {
    let found = hash(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => RegistryError::Missing { path: path.to_owned() },
        _ => RegistryError::Unreadable { path: path.to_owned(), source },
    })?;
    match found == *recorded {
        true => Ok(()),
        false => {
            let how = format!("it does not fit its checksum in {CHECKSUMS}");
            Err(RegistryError::Altered { path: path.to_owned(), how })
        }
    }
}

fn hash(path: &Path) -> io::Result<blake3::Hash> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in NEEDED.into_iter().chain(["more.txt", PAGE]) {
            fs::write(folder.path().join(name), name).unwrap();
        }
        write_checksums(folder.path()).unwrap();
        folder
    }

    fn verified(folder: &Path) -> Result<(), String> {
        let checksums = Checksums::read(folder).and_then(|found| found.expect("it is there").verify(folder));
        checksums.map_err(|error| error.to_string())
    }

    #[test]
    fn every_file_but_the_page_is_held_against_its_checksum() {
        let folder = whole();
        assert_eq!(verified(folder.path()), Ok(()));
        fs::write(folder.path().join(PAGE), "made again").unwrap();
        fs::write(folder.path().join("note.txt"), "of mine").unwrap();
        assert_eq!(verified(folder.path()), Ok(()));
        for name in NEEDED.into_iter().chain(["more.txt"]) {
            let path = folder.path().join(name);
            fs::write(&path, "other").unwrap();
            let error = verified(folder.path()).unwrap_err();
            assert!(
                error.contains(name) && error.ends_with("it does not fit its checksum in checksums.txt"),
                "{error}"
            );
            fs::remove_file(&path).unwrap();
            assert!(verified(folder.path()).unwrap_err().ends_with(&format!("{name} is missing")));
            fs::write(path, name).unwrap();
        }
    }

    #[test]
    fn no_other_byte_can_stand_in_the_list() {
        let folder = whole();
        let path = folder.path().join(CHECKSUMS);
        let bytes = fs::read(&path).unwrap();
        let refused = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            verified(folder.path()).expect_err("the list is damaged")
        };
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x20;
            refused(&damaged);
            // All but its last line can be left out only there.
            refused(&bytes[..at]);
        }
        for tail in ["\n", " ", "\r\n", "\0"] {
            refused(&[&bytes, tail.as_bytes()].concat());
        }
    }
}
