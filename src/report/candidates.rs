//! How candidates for new segments are spoken of.

use crate::Language;
use crate::cluster::stability::{Stability, Steadiness};
use crate::label::FoundIn;

/// Where it was found.
pub(super) fn found_by(found_in: FoundIn, language: Language) -> &'static str {
    match found_in {
        FoundIn::Clustering(algorithm) => algorithm.words(language),
        FoundIn::Noise => language.say("noise", "噪声"),
    }
}

/// How sure it is that it would be found again, in a word.
pub(super) fn steadiness(stability: Stability, language: Language) -> &'static str {
    let (en, zh) = match stability.verdict {
        Steadiness::HighlyStable => ("highly stable", "高度稳定"),
        Steadiness::Valid => ("stable", "稳定"),
        Steadiness::Pattern => ("a pattern", "仅有迹象"),
        Steadiness::Dissolved => ("dissolves", "不稳定"),
    };
    language.say(en, zh)
}
