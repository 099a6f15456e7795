//! Why a store gave no bytes, in words without what a request carries.

use std::error::Error;
use std::io;
use std::path::Path;

use object_store::client::{HttpError, HttpErrorKind};

use crate::load::LoadError;
use crate::monitor::Stopped;

/// Why a store gave no bytes.
#[derive(Debug, Clone)]
pub(in crate::load) enum StoreFailure {
    /// The user or a time limit ended the waiting.
    Stopped(Stopped),
    /// The object is not the one that was opened.
    Changed(&'static str),
    /// Anything else: what kind of failure it is, and what the store or the network says.
    Unreadable(io::ErrorKind, String),
}

impl StoreFailure {
    /// The error that it is where `url` was read.
    pub(in crate::load) fn error(self, url: &Path) -> LoadError {
        match self {
            StoreFailure::Stopped(stopped) => LoadError::Stopped(stopped),
            StoreFailure::Changed(how) => {
                LoadError::SourceChanged { source_name: url.display().to_string(), difference: how.to_owned() }
            }
            StoreFailure::Unreadable(kind, words) => {
                LoadError::Unreadable { path: url.to_owned(), reason: io::Error::new(kind, words) }
            }
        }
    }

    /// The error that it is for who reads bytes.
    pub(super) fn io(&self) -> io::Error {
        match self {
            StoreFailure::Stopped(stopped) => io::Error::other(stopped.clone()),
            StoreFailure::Changed(how) => io::Error::other(*how),
            StoreFailure::Unreadable(kind, words) => io::Error::new(*kind, words.clone()),
        }
    }

    /// Whether it may be that the object is another one now; a network that fails says nothing of objects.
    pub(super) fn may_be_change(&self) -> bool {
        match self {
            StoreFailure::Unreadable(kind, _) => {
                use io::ErrorKind::{NotConnected, PermissionDenied, TimedOut};
                ![NotConnected, PermissionDenied, TimedOut].contains(kind)
            }
            _ => false,
        }
    }
}

impl From<object_store::Error> for StoreFailure {
    fn from(error: object_store::Error) -> StoreFailure {
        let chain = chain(&error);
        let innermost = chain.last().map(ToString::to_string).unwrap_or_default();
        let http = chain.iter().find_map(|error| error.downcast_ref::<HttpError>()).map(HttpError::kind);
        let answer = Answer::of(&innermost);
        let kind = match (&error, http, answer.as_ref().map(|answer| answer.status)) {
            (_, Some(HttpErrorKind::Connect), _) => io::ErrorKind::NotConnected,
            (_, Some(HttpErrorKind::Timeout), _) => io::ErrorKind::TimedOut,
            (object_store::Error::NotFound { .. }, ..) | (_, _, Some("404")) => io::ErrorKind::NotFound,
            (object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. }, ..)
            | (_, _, Some("401" | "403")) => io::ErrorKind::PermissionDenied,
            _ => io::ErrorKind::Other,
        };
        let words = match answer {
            Some(answer) => answer.words(),
            None => innermost.lines().next().unwrap_or_default().trim().trim_end_matches('.').to_owned(),
        };
        StoreFailure::Unreadable(kind, words)
    }
}

/// An error and what led to it, the first cause last.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    let (mut chain, mut last) = (vec![error], error);
    while let Some(cause) = last.source() {
        chain.push(cause);
        last = cause;
    }
    chain
}

/// What a store answers instead of an object.
struct Answer<'a> {
    status: &'a str,
    /// The words of the status, such as `Not Found`.
    reason: &'a str,
    body: &'a str,
}

impl Answer<'_> {
    /// Of the words that object_store has for it, which are all that it shows of an answer.
    fn of(words: &str) -> Option<Answer<'_>> {
        let (_, rest) = words.split_once("status code: ")?;
        let (line, body) = rest.split_once(": ").unwrap_or((rest, ""));
        let (status, reason) = line.trim_end_matches(':').trim().split_once(' ').unwrap_or((line, ""));
        Some(Answer { status, reason, body })
    }

    /// The status, and the code and the message of its body. The rest of a body may repeat what the request carried.
    fn words(&self) -> String {
        let Answer { status, reason, .. } = self;
        match (self.element("Code"), self.element("Message")) {
            (Some(code), Some(message)) => format!("the store answers {status} {reason}, {code}: {message}"),
            (Some(code), None) => format!("the store answers {status} {reason}, {code}"),
            _ => format!("the store answers {status} {reason}"),
        }
    }

    fn element(&self, name: &str) -> Option<&str> {
        let (_, rest) = self.body.split_once(&format!("<{name}>"))?;
        let (text, _) = rest.split_once(&format!("</{name}>"))?;
        Some(text.lines().next().unwrap_or_default().trim().trim_end_matches('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_told_by_its_code_and_message_alone() {
        let words = "Server returned non-2xx status code: 403 Forbidden: <?xml version=\"1.0\"?><Error>\
            <Code>InvalidAccessKeyId</Code><Message>The key does not exist.</Message>\
            <AWSAccessKeyId>AKIASECRET</AWSAccessKeyId></Error>";
        let failure = StoreFailure::from(object_store::Error::Generic { store: "S3", source: words.into() });
        let StoreFailure::Unreadable(kind, words) = failure else { panic!("{failure:?}") };
        assert_eq!(kind, io::ErrorKind::PermissionDenied);
        assert_eq!(words, "the store answers 403 Forbidden, InvalidAccessKeyId: The key does not exist");

        let empty = "Server returned non-2xx status code: 503 Service Unavailable: ";
        let failure = StoreFailure::from(object_store::Error::Generic { store: "S3", source: empty.into() });
        let StoreFailure::Unreadable(kind, words) = failure else { panic!("{failure:?}") };
        assert_eq!((kind, words.as_str()), (io::ErrorKind::Other, "the store answers 503 Service Unavailable"));
    }
}
