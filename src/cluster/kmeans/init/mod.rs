//! Where k-means starts.
//!
//! - greedy k-means++: every next centroid is drawn with probability proportional to the squared distance to those
//!   drawn before, the best of 2 + ⌊ln k⌋ draws (Arthur and Vassilvitskii 2007).
//! - k-means||: about 2k rows at once in each of five rounds, then k-means++ on those, weighted by the rows nearest to
//!   each (Bahmani et al. 2012).
//! - random rows, each as likely as its weight.

mod closest;
mod draw;
mod parallel;
mod plus_plus;
mod random;

pub(super) use closest::Closest;
pub(crate) use draw::Draw;
pub(super) use parallel::parallel;
pub(super) use plus_plus::{Urn, plus_plus};
pub(super) use random::random;
