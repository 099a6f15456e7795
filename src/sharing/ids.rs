//! Ids of customers in what is shared.

use super::SharingError;

/// The fewest characters of a secret: ids are easily guessed, so a short one could be tried out.
const SHORTEST_SECRET: usize = 16;
/// Characters of a hashed id: 64 bits, so that a million customers hardly share one.
const CHARACTERS: usize = 16;

/// How ids of customers are shown: as they are, or hashed with a secret.
///
/// A hashed id is the first 16 hexadecimal digits of keyed BLAKE3 over the id's text, the key derived from the secret. The
/// same secret gives the same customer the same id in every report; without it an id can neither be read nor tried out.
///
/// ```
/// use segmint::sharing::SharedIds;
/// let ids = SharedIds::salted("correct horse battery staple");
/// assert_eq!(ids.shown("C0001"), ids.shown("C0001"));
/// assert_ne!(ids.shown("C0001"), ids.shown("C0002"));
/// assert_eq!(SharedIds::plain().shown("C0001"), "C0001");
/// ```
#[derive(Clone)]
pub struct SharedIds {
    key: Option<[u8; blake3::KEY_LEN]>,
}

impl SharedIds {
    /// Ids as they are.
    pub fn plain() -> Self {
        SharedIds { key: None }
    }

    /// Ids hashed with `secret`.
    pub fn salted(secret: impl AsRef<[u8]>) -> Self {
        SharedIds { key: Some(blake3::derive_key("segmint ids in what is shared, 2026", secret.as_ref())) }
    }

    /// What `[report] id_salt` asks for: the name of an environment variable that holds the secret, or nothing.
    ///
    /// # Errors
    /// A variable that is not set, or whose secret has fewer than 16 characters.
    pub fn of(id_salt: Option<&str>) -> Result<Self, SharingError> {
        let Some(variable) = id_salt else {
            return Ok(SharedIds::plain());
        };
        // A secret that is no text is as good as any other, so its bytes count, not what they read as.
        let secret = std::env::var_os(variable).unwrap_or_default();
        match secret.to_string_lossy().chars().count() {
            characters if characters < SHORTEST_SECRET => {
                Err(SharingError::Salt { variable: variable.to_owned(), characters, shortest: SHORTEST_SECRET })
            }
            _ => Ok(SharedIds::salted(secret.as_encoded_bytes())),
        }
    }

    /// Whether ids are hashed.
    pub fn are_hashed(&self) -> bool {
        self.key.is_some()
    }

    /// An id as it may be shown.
    pub fn shown(&self, id: &str) -> String {
        match &self.key {
            Some(key) => blake3::keyed_hash(key, id.as_bytes()).to_hex()[..CHARACTERS].to_owned(),
            None => id.to_owned(),
        }
    }
}

impl std::fmt::Debug for SharedIds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.are_hashed() { "SharedIds(hashed)" } else { "SharedIds(plain)" })
    }
}
