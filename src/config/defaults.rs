//! What a plan and its sections are when keys are absent, by the same reading as a file without them.

use std::path::{Path, PathBuf};

use super::document::{Settings, parse_flag};
use super::read::Reader;
use super::*;

impl Plan {
    /// The plan that only names what is read; every key else is absent.
    ///
    /// ```
    /// use segmint::config::{Auto, Plan};
    /// let mut plan = Plan::new("customers.parquet");
    /// plan.cluster.kmeans.k = Auto::Given(6);
    /// assert!(plan.check().is_ok());
    /// plan.cluster.kmeans.n_init = Auto::Given(0);
    /// assert_eq!(
    ///     plan.check().unwrap_err().to_string(),
    ///     "cluster.kmeans.n_init must be \"auto\" or a whole number from 1, got 0 (default)"
    /// );
    /// ```
    pub fn new(source: impl Into<PathBuf>) -> Plan {
        let absent = absent();
        Plan {
            source: SourcePlan::new(source),
            normalize: NormalizePlan::default(),
            cluster: ClusterPlan::default(),
            label: LabelPlan::default(),
            compare: ComparePlan::default(),
            refit: RefitPlan::default(),
            gate: GatePlan::default(),
            report: ReportPlan::default(),
            limits: LimitsPlan::default(),
            registry: RegistryPlan::default(),
            origins: absent.origins(),
        }
    }
}

impl SourcePlan {
    /// The plan that only names what is read; everything else is as when its key is absent.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        SourcePlan { path: path.into(), ..absent().source() }
    }
}

impl RegistryPlan {
    /// The section as `--set` arguments alone make it, for whoever looks for runs without a configuration. Arguments that
    /// speak of other sections are checked too.
    ///
    /// # Errors
    /// As [`Plan::load`].
    pub fn from_flags(flags: &[String]) -> Result<RegistryPlan, ConfigError> {
        Ok(of_flags(flags)?.registry())
    }
}

impl LimitsPlan {
    /// The section as `--set` arguments alone make it, as [`RegistryPlan::from_flags`].
    ///
    /// # Errors
    /// As [`Plan::load`].
    pub fn from_flags(flags: &[String]) -> Result<LimitsPlan, ConfigError> {
        Ok(of_flags(flags)?.limits())
    }
}

/// A configuration of `--set` arguments alone.
fn of_flags(flags: &[String]) -> Result<Reader<'static>, ConfigError> {
    let mut settings = Settings::new();
    for flag in flags {
        settings.extend(parse_flag(flag)?);
    }
    Ok(Reader { settings, ..absent() })
}

/// A configuration without any key.
pub(super) fn absent() -> Reader<'static> {
    Reader { settings: Settings::new(), file: "the defaults", folder: Path::new("") }
}

/// Sections as they are when none of their keys is given.
macro_rules! default_of_sections {
    ($($plan:ty => $section:ident),* $(,)?) => {
        $(impl Default for $plan {
            fn default() -> Self {
                absent().$section()
            }
        })*
    };
}

pub(super) use default_of_sections;

default_of_sections! {
    NormalizePlan => normalize,
    FeaturePlan => feature,
    LabelPlan => label,
    RefitPlan => refit,
    GatePlan => gate,
    ReportPlan => report,
    LimitsPlan => limits,
    RegistryPlan => registry,
}

impl Default for ComparePlan {
    fn default() -> Self {
        absent().compare().expect("there are no rules by default")
    }
}
