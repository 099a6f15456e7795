//! URLs of tables in object stores: `s3://bucket/key`.
//!
//! A key is what the store calls the object, taken as it is written: nothing in it is percent-decoded, and `*`, `?` and `[…]`
//! are wildcards as they are in a path. Credentials have no place in it.

use std::path::{Path, PathBuf};

use crate::failure::{Category, Failure};
use crate::nearest::nearest;

/// Whose store a URL speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    /// Amazon S3 and what speaks its language.
    S3,
    /// Google Cloud Storage.
    Google,
    /// Azure Blob Storage and Data Lake.
    Azure,
}

/// The schemes that are read.
const SCHEMES: [(&str, Service); 6] = [
    ("s3", Service::S3),
    ("s3a", Service::S3),
    ("gs", Service::Google),
    ("az", Service::Azure),
    ("abfs", Service::Azure),
    ("abfss", Service::Azure),
];

/// Where a table lies in an object store: one object, everything below a prefix, or what matches a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ObjectUrl {
    /// Whose store it is.
    pub service: Service,
    /// The bucket with its scheme and without a slash at the end: `s3://bucket`, `abfss://container@account.host`.
    pub bucket: String,
    /// The key, or a prefix or a pattern of keys; empty = the whole bucket.
    pub key: String,
}

/// Why a URL is not read. Messages leave out what could be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// A scheme that names no object store.
    #[error("{url} cannot be read: its scheme is {scheme:?}, and the schemes that are read are {}", schemes())]
    Scheme {
        /// The URL.
        url: String,
        /// Its scheme.
        scheme: String,
    },
    /// A URL without a bucket.
    #[error("{url} names no bucket: after the scheme stand two slashes, the bucket, a slash and the key")]
    NoBucket {
        /// The URL.
        url: String,
    },
    /// A user, a password or a query: what may be a secret.
    #[error("{url} has {what} in it, which would be written into every run that reads it")]
    Secret {
        /// The URL without it.
        url: String,
        /// What was found: `a user`, `a user or a port` or `a query`.
        what: &'static str,
    },
    /// A key that no object can have.
    #[error("{url} cannot be read: a part of its key between two slashes is {part:?}")]
    Key {
        /// The URL.
        url: String,
        /// The part.
        part: String,
    },
    /// A program that was built without object stores.
    #[error("{url} is in an object store, which this build of segmint does not read")]
    NotBuilt {
        /// The URL.
        url: String,
    },
}

impl Failure for UrlError {
    fn category(&self) -> Category {
        Category::Config
    }

    fn hint(&self) -> Option<String> {
        match self {
            UrlError::Scheme { scheme, .. } if scheme.eq_ignore_ascii_case("file") => {
                Some("a file on disk is named by its path alone".into())
            }
            UrlError::Scheme { scheme, .. } => {
                let near = nearest(scheme, SCHEMES.map(|(name, _)| name))?;
                Some(format!("did you mean {near}://?"))
            }
            UrlError::NoBucket { .. } => Some("such as s3://bucket/folder/customers.parquet".into()),
            UrlError::Secret { what: "a query", .. } => Some(
                "credentials come from the environment alone; where the ? is a wildcard before a =, write * instead"
                    .into(),
            ),
            UrlError::Secret { .. } => Some("credentials come from the environment alone".into()),
            UrlError::Key { .. } => Some("rename the object, or name it by a pattern".into()),
            UrlError::NotBuilt { .. } => {
                Some("build it with `cargo build --release --features cloud` (docs/object-stores.md)".into())
            }
        }
    }
}

fn schemes() -> String {
    SCHEMES.map(|(name, _)| name).join(", ")
}

/// The scheme of a text that is a URL: letters, digits, `+`, `-` and `.` before `://`.
fn scheme_of(text: &str) -> Option<&str> {
    let (scheme, _) = text.split_once("://")?;
    let is_sign = |c: char| c.is_ascii_alphanumeric() || ['+', '-', '.'].contains(&c);
    (scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.chars().all(is_sign)).then_some(scheme)
}

/// Whether a path is a URL, of whatever scheme.
pub(crate) fn is_url(path: &Path) -> bool {
    path.to_str().and_then(scheme_of).is_some()
}

impl ObjectUrl {
    /// The URL that a path is; `None` when it is a path on disk.
    ///
    /// # Errors
    /// When it is a URL of something that is not read, or has more in it than a bucket and a key.
    pub(crate) fn of(path: &Path) -> Result<Option<ObjectUrl>, UrlError> {
        let Some((text, scheme)) = path.to_str().and_then(|text| Some((text, scheme_of(text)?))) else {
            return Ok(None);
        };
        let url = without_secrets(text);
        let Some(&(scheme, service)) = SCHEMES.iter().find(|(name, _)| *name == scheme) else {
            return Err(UrlError::Scheme { url, scheme: scheme.to_owned() });
        };
        let rest = &text[scheme.len() + 3..];
        let (authority, key) = rest.split_at(authority_end(rest));
        let key = key.strip_prefix('/').unwrap_or(key);
        let (user, host) = authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
        // Of a data lake the container stands where others have a user.
        let may_have_user = scheme.starts_with("abfs") && user.is_some_and(|user| !user.contains([':', '@']));
        if user.is_some() && !may_have_user {
            return Err(UrlError::Secret { url, what: "a user" });
        }
        if host.contains(':') {
            return Err(UrlError::Secret { url, what: "a user or a port" });
        }
        if query_at(rest).is_some() {
            return Err(UrlError::Secret { url, what: "a query" });
        }
        if host.is_empty() || user == Some("") {
            return Err(UrlError::NoBucket { url });
        }
        let parts = key.strip_suffix('/').unwrap_or(key).split('/');
        if let Some(part) =
            parts.clone().find(|part| [".", ".."].contains(part) || (part.is_empty() && !key.is_empty()))
        {
            return Err(UrlError::Key { url, part: part.to_owned() });
        }
        Ok(Some(ObjectUrl { service, bucket: format!("{scheme}://{authority}"), key: key.to_owned() }))
    }

    /// The URL of a key in the same bucket, as the path that messages and records have.
    pub(crate) fn at(&self, key: &str) -> PathBuf {
        PathBuf::from(format!("{}/{key}", self.bucket))
    }

    /// The bucket without its scheme.
    #[cfg(feature = "cloud")]
    pub(crate) fn bucket_name(&self) -> &str {
        self.bucket.split_once("://").map_or("", |(_, name)| name)
    }
}

/// Where a query begins: a `?` before `key=`. Other ones are wildcards.
fn query_at(text: &str) -> Option<usize> {
    let is_query = |at: usize| {
        let key: &str =
            text[at + 1..].split(|c: char| !(c.is_ascii_alphanumeric() || ['_', '-', '.'].contains(&c))).next()?;
        (!key.is_empty() && text[at + 1 + key.len()..].starts_with('=')).then_some(at)
    };
    text.match_indices('?').find_map(|(at, _)| is_query(at))
}

/// Where the bucket ends, and what stands before it: at the first slash; behind the last `@` where a colon comes before, since a
/// password may have slashes.
fn authority_end(rest: &str) -> usize {
    let has_password = rest.split('/').next().is_some_and(|first| first.contains(':'));
    let bucket = rest.rfind('@').filter(|_| has_password).unwrap_or(0);
    rest[bucket..].find('/').map_or(rest.len(), |at| bucket + at)
}

/// A URL without what could be a secret: its user, unless that is a container, and its query.
pub(crate) fn without_secrets(text: &str) -> String {
    let Some(scheme) = scheme_of(text) else { return text.to_owned() };
    let rest = &text[scheme.len() + 3..];
    let rest = &rest[..query_at(rest).unwrap_or(rest.len())];
    let (authority, key) = rest.split_at(authority_end(rest));
    let shown = match authority.rsplit_once('@') {
        Some((container, _)) if scheme.starts_with("abfs") && !container.contains([':', '@']) => authority,
        Some((_, host)) => host,
        // No bucket has a colon.
        None if authority.contains(':') => "",
        None => authority,
    };
    format!("{scheme}://{shown}{key}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Option<ObjectUrl>, UrlError> {
        ObjectUrl::of(Path::new(text))
    }

    #[test]
    fn a_bucket_and_a_key_are_told_apart() {
        for (text, service, bucket, key) in [
            ("s3://shop/in/customers.parquet", Service::S3, "s3://shop", "in/customers.parquet"),
            ("s3a://shop", Service::S3, "s3a://shop", ""),
            ("gs://shop/", Service::Google, "gs://shop", ""),
            ("az://shop/y=202?/*.parquet", Service::Azure, "az://shop", "y=202?/*.parquet"),
            ("abfss://c@a.dfs.core.windows.net/in/", Service::Azure, "abfss://c@a.dfs.core.windows.net", "in/"),
        ] {
            let url = of(text).unwrap().unwrap();
            assert_eq!((url.service, url.bucket.as_str(), url.key.as_str()), (service, bucket, key), "{text}");
        }
        // A key is not decoded.
        assert_eq!(of("s3://b/region=S%C3%BCd/a b").unwrap().unwrap().at("x%20y"), Path::new("s3://b/x%20y"));
    }

    #[test]
    fn a_path_is_no_url() {
        for text in ["customers.parquet", "/data/s3/x", "C:\\data", "s3:/bucket/x", "a/b://c", "://x", "1s://x"] {
            assert_eq!(of(text), Ok(None), "{text}");
            assert!(!is_url(Path::new(text)));
        }
    }

    #[test]
    fn what_is_no_url_of_an_object_is_refused_with_what_to_do() {
        for (text, message, hint) in [
            ("s4://b/x", "its scheme is \"s4\"", "did you mean s3://?"),
            ("S3://b/x", "its scheme is \"S3\"", "did you mean s3://?"),
            ("file:///data/x", "its scheme is \"file\"", "path alone"),
            ("s3:///x", "names no bucket", "s3://bucket/"),
            ("abfss://@a.dfs.core.windows.net/x", "names no bucket", "s3://bucket/"),
            ("s3://b//x", "between two slashes is \"\"", "rename"),
            ("s3://b/a/../x", "between two slashes is \"..\"", "rename"),
        ] {
            let error = of(text).unwrap_err();
            assert!(error.to_string().contains(message), "{error}");
            assert!(error.hint().unwrap().contains(hint), "{:?}", error.hint());
            assert_eq!(error.category(), Category::Config);
        }
    }

    #[test]
    fn a_secret_in_a_url_is_refused_and_shown_nowhere() {
        for text in [
            "s3://KEY:SECRET@bucket/in/x.parquet",
            "s3://SECRET@bucket/in/x.parquet",
            "s3://KEY:SECRET/SECRET+SECRET@bucket/in/x.parquet",
            "s3://KEY:SECRET@SECRET/SECRET@bucket/in/x.parquet",
            "s3://KEY:SECRET/in/x.parquet",
            "s4://KEY:SECRET/SECRET@bucket/in/x.parquet",
            "az://bucket/in/x.parquet?sv=2024&sig=SECRET",
            "gs://bucket/in/x.parquet?X-Goog-Signature=SECRET",
            "abfss://bucket:SECRET@a.dfs.core.windows.net/in/x.parquet",
            "s4://KEY:SECRET@bucket/in/x.parquet?sig=SECRET",
        ] {
            let error = of(text).unwrap_err();
            let said = format!("{error} {:?} {error:?}", error.hint());
            assert!(!said.contains("SECRET") && !said.contains("KEY"), "{said}");
            assert!(said.contains("in/x.parquet"), "{said}");
        }
    }
}
