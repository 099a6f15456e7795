use super::Shown;
use crate::config::{Scale, Transform};
use crate::normalize::FeatureChoice;

/// How a feature was normalized.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SharedNormalization {
    /// The column.
    pub name: String,
    /// The transform taken.
    pub transform: Transform,
    /// The skewness before it.
    pub skewness_before: f64,
    /// The skewness after it.
    pub skewness_after: f64,
    /// The scale.
    pub scale: Scale,
    /// What becomes 0, in transformed units; held back where it is a smallest or largest value.
    pub center: Shown<f64>,
    /// What becomes 1 (before the weight), in transformed units; held back where it is made of the smallest and largest value.
    pub spread: Shown<f64>,
    /// Weight in squared distances.
    pub weight: f64,
}

impl SharedNormalization {
    pub(super) fn of(choice: &FeatureChoice) -> Self {
        // Ranges are made of the values of single customers.
        let of_many = !matches!(choice.scale, Scale::MinMax | Scale::MaxAbs);
        SharedNormalization {
            name: choice.name.clone(),
            transform: choice.chosen,
            skewness_before: choice.skewness_before,
            skewness_after: choice.skewness_after,
            scale: choice.scale,
            center: Shown::when(of_many, choice.center),
            spread: Shown::when(of_many, choice.spread),
            weight: choice.weight,
        }
    }
}
