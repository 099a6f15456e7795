use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::folder::read_record;
use super::{REFIT, Registry, RegistryError, Run, RunId, read_json};

/// A run that an alias pointed to, in short.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PromotedRun {
    /// The run.
    pub id: RunId,
    /// The date its plan names.
    pub as_of: Option<Date>,
    /// The run it continues.
    pub against: Option<String>,
    /// The promoted run of the same date whose place it took.
    pub instead_of: Option<String>,
}

impl PromotedRun {
    /// The date that decides its place among others: that of its plan, else the day in UTC on which it began.
    pub fn date(&self) -> Date {
        self.as_of.unwrap_or_else(|| self.id.began().to_zoned(TimeZone::UTC).date())
    }
}

/// The runs that continue each other up to the one an alias points to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Promoted {
    /// The runs, newest first.
    pub runs: Vec<PromotedRun>,
    /// What was before the last of them and cannot be read.
    pub lost: Option<LostRun>,
}

/// A run that another one continues and that cannot be read any more.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LostRun {
    /// The run.
    pub run: String,
    /// Why it cannot be read.
    pub why: String,
}

/// What a run says of those before it.
#[derive(Deserialize)]
struct Links {
    against: String,
    #[serde(default)]
    instead_of: Option<String>,
}

impl Registry {
    /// The runs that led to the one `alias` points to; none when there is no such alias.
    ///
    /// # Errors
    /// When the alias cannot be read or its run is damaged or gone. Older runs may be: what is left of the line is told.
    pub fn promoted(&self, alias: &str) -> Result<Promoted, RegistryError> {
        let mut found = Promoted::default();
        let mut next = self.aliases()?.get(alias).map(ToString::to_string);
        // A line that bites its tail ends there.
        while let Some(run) = next.filter(|run| found.runs.iter().all(|older| older.id.to_string() != *run)) {
            match self.in_line(&run) {
                Ok(older) => {
                    next = older.against.clone();
                    found.runs.push(older);
                }
                // An alias says so when its run is gone.
                Err(error) if found.runs.is_empty() => return Err(self.resolve(alias).err().unwrap_or(error)),
                Err(error) => {
                    let why = match error {
                        RegistryError::UnknownRun { .. } => "it is not in the registry any more".to_owned(),
                        damage => damage.to_string(),
                    };
                    found.lost = Some(LostRun { run, why });
                    break;
                }
            }
        }
        Ok(found)
    }

    /// What decides the place of `run` among others.
    ///
    /// # Errors
    /// When there is no such run in this registry, or it is damaged.
    pub fn in_line(&self, run: &str) -> Result<PromotedRun, RegistryError> {
        let folder = self.resolve(run)?;
        let record = read_record(&folder.path)?;
        let links: Option<Links> = match read_json(&folder.path, REFIT) {
            Ok(links) => Some(links),
            Err(RegistryError::Missing { .. }) => None,
            // A file that does not fit its checksum is damaged, whatever else is wrong with it.
            Err(error) => return Err(Run::open(&folder.path).err().unwrap_or(error)),
        };
        let as_of = record.get("plan").and_then(|plan| plan.get("source")?.get("as_of")?.as_str()?.parse().ok());
        let id = folder.id.ok_or_else(|| {
            let reason = format!("it is not in {}", self.path().display());
            RegistryError::NotARun { path: folder.path.clone(), reason }
        })?;
        let (against, instead_of) = links.map_or((None, None), |links| (Some(links.against), links.instead_of));
        Ok(PromotedRun { id, as_of, against, instead_of })
    }
}
