//! A Gaussian mixture: soft memberships, for customers between clusters.
//!
//! p(x) = Σ_c w_c N(x; μ_c, Σ_c) with full covariances. Expectation-maximization is linfa-clustering's; the memberships
//! are computed here, from the parameters alone, so that scoring repeats them exactly:
//! - [`fit_gmm`]: matrix and number of components → [`GmmFit`].
//! - [`GmmModel`]: the parameters; the likeliest component of a row and its probability.
//! - [`GmmEvidence`]: how well it fits, as `run.json` has it.
//!
//! Source: Dempster, A. P., Laird, N. M. and Rubin, D. B. (1977), "Maximum likelihood from incomplete data via the EM
//! algorithm", Journal of the Royal Statistical Society B 39(1), 1–38.

mod cost;
mod evidence;
#[cfg(feature = "linfa")]
mod fit;
mod model;

pub(crate) use cost::bytes;
pub use evidence::GmmEvidence;
#[cfg(feature = "linfa")]
pub use fit::{GmmFit, fit_gmm};
pub use model::GmmModel;
