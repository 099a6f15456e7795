//! Scored customers are counted as they go by.

use super::gaps::{many_missing, unreadable};
use super::repeated_ids::repeated_ids;
use super::scorer::Scored;
use super::unseen::{Unseen, unseen_levels};
use super::{DensityOff, FeatureGaps, FittedPipeline, OutsideRange, ScoreSummary, SegmentCount, UnseenLevels, drift};
use crate::config::Algorithm;
use crate::language::noun;
use crate::load::{LoadError, RepeatCount, Source, hashes_of_ids};
use crate::metrics::Partition;
use crate::normalize::FeatureNormalizer;
use crate::{Text, Warning};

/// Counts what goes by.
pub(super) struct Tally {
    n_customers: usize,
    n_dropped: usize,
    n_noise: usize,
    sizes: Vec<usize>,
    /// The id column, if there is one.
    id_column: Option<String>,
    ids: RepeatCount,
    missing: Vec<FeatureGaps>,
    /// Per category, what the fit has not seen.
    unseen: Vec<Unseen>,
    /// Per feature, values below and above its usual range.
    outside: Vec<(usize, usize)>,
    /// Per feature, its usual range.
    usual: Vec<Option<(f64, f64)>>,
    primary: Algorithm,
}

impl Tally {
    pub(super) fn new(model: &FittedPipeline) -> Self {
        let sizes = vec![0; model.names(model.primary).len()];
        let gaps = |feature: &str| FeatureGaps { feature: feature.to_owned(), ..FeatureGaps::default() };
        let features = model.normalizer.features();
        Tally {
            n_customers: 0,
            n_dropped: 0,
            n_noise: 0,
            sizes,
            id_column: model.id_column.clone(),
            ids: RepeatCount::default(),
            missing: features.iter().map(|feature| gaps(feature.name())).collect(),
            outside: vec![(0, 0); features.len()],
            unseen: vec![Unseen::default(); model.normalizer.categories().len()],
            usual: features.iter().map(FeatureNormalizer::usual).collect(),
            primary: model.primary,
        }
    }

    /// Counts rows of `source`.
    pub(super) fn add(&mut self, scored: &Scored, source: &Source) -> Result<(), LoadError> {
        let Scored { chunk, rows, unseen } = scored;
        if let (Some(column), Some(ids)) = (&self.id_column, chunk.arrays.first()) {
            hashes_of_ids(source, column, ids)?.into_iter().for_each(|id| self.ids.add(id));
        }
        self.unseen.iter_mut().zip(unseen).for_each(|(all, here)| all.add_all(here));
        self.n_customers += chunk.n_rows;
        self.n_dropped += rows.n_dropped();
        let noise = rows.partition(Algorithm::Dbscan).map_or(0, Partition::n_noise);
        self.n_noise += noise;
        let labels = rows.partition(self.primary).map_or(&[][..], Partition::labels);
        labels.iter().flatten().for_each(|cluster| self.sizes[cluster.index()] += 1);
        for (missing, column) in self.missing.iter_mut().zip(&chunk.numbers) {
            missing.add(column);
        }
        for ((outside, usual), column) in self.outside.iter_mut().zip(&self.usual).zip(&chunk.numbers) {
            let Some((low, high)) = *usual else { continue };
            outside.0 += column.iter().filter(|&&value| value < low).count();
            outside.1 += column.iter().filter(|&&value| value > high).count();
        }
        Ok(())
    }

    pub(super) fn summary(self, model: &FittedPipeline, source: &Source) -> Result<ScoreSummary, LoadError> {
        let segments = model.names(model.primary).iter().zip(self.sizes).map(|(name, size)| SegmentCount {
            segment_id: name.segment_id.clone().unwrap_or_default(),
            name: name.name.clone(),
            size,
        });
        let categories = model.normalizer.categories().iter().zip(self.unseen);
        let unseen: Vec<UnseenLevels> =
            categories.filter_map(|(category, unseen)| unseen.of(category.name())).collect();
        let counted = self.outside.iter().zip(&self.missing);
        let outside: Vec<OutsideRange> = counted
            .map(|(&(n_below, n_above), gaps)| OutsideRange {
                feature: gaps.feature.clone(),
                n_below,
                n_above,
                n_observed: self.n_customers - gaps.n_missing,
            })
            .filter(OutsideRange::is_many)
            .collect();
        let segments: Vec<SegmentCount> = segments.collect();
        let missing: Vec<FeatureGaps> = self.missing.into_iter().filter(|gaps| gaps.n_missing > 0).collect();
        let mut warnings: Vec<Warning> = unreadable(&missing, self.n_customers, source)?.into_iter().collect();
        warnings.extend(self.ids.found().map(repeated_ids));
        if let Err(off @ DensityOff::TooLarge { .. }) = model.dbscan() {
            warnings.push(density_off(off));
        }
        if self.n_dropped > 0 {
            warnings.push(rows_dropped(self.n_dropped, self.n_customers));
        }
        let mostly_missing = missing.iter().filter(|gaps| gaps.n_missing > self.n_customers / 2);
        warnings.extend(mostly_missing.map(|gaps| many_missing(gaps, self.n_customers)));
        warnings.extend(unseen.iter().map(|found| unseen_levels(found, self.n_customers)));
        warnings.extend(drift::outside(&outside));
        warnings.extend(drift::moved(model, &segments));
        Ok(ScoreSummary {
            n_customers: self.n_customers,
            as_of: source.columns().iter().find_map(|column| column.reading.as_of()),
            n_dropped: self.n_dropped,
            n_noise: model.dbscan().ok().map(|_| self.n_noise),
            segments,
            missing,
            unseen,
            outside,
            warnings,
        })
    }
}

fn density_off(off: DensityOff) -> Warning {
    let (en, zh) = off.sentence();
    let message =
        Text::new(format!("no customer gets a DBSCAN cluster: {en}"), format!("未为任何客户给出 DBSCAN 聚类：{zh}"));
    Warning::new("density_scoring_off", message)
}

fn rows_dropped(n_dropped: usize, n_customers: usize) -> Warning {
    let message = Text::new(
        format!(
            "{n_dropped} of {n_customers} customers {} a value the model needs and {} in no segment",
            noun(n_dropped as u64, "misses", "miss"),
            noun(n_dropped as u64, "is", "are")
        ),
        format!("{n_customers} 位客户中有 {n_dropped} 位缺少模型所需的值，未归入任何客群"),
    );
    Warning::new("rows_dropped", message).with("n_dropped", n_dropped).with("n_customers", n_customers)
}
