//! The list of customers of a run, for use inside the company.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{Float64Type, UInt32Type};

use super::super::exit::Failed;
use crate::load::{LoadError, RowStream, Source, texts};
use crate::registry::{RegistryError, Run};
use crate::report::{Entry, Sheet};
use crate::sharing::open_named;
use crate::{Language, Text};

/// Columns of a customer that `assignments.parquet` has.
const ASSIGNED: [(&str, &str); 4] =
    [("segment_id", "客群编号"), ("segment", "客群"), ("archetype", "原型"), ("tier", "等级")];
/// Texts of a customer whose tier is not the expected one.
const DISAGREEING: [(&str, &str); 3] = [("expected_tier", "预期等级"), ("direction", "偏向"), ("reason", "原因")];

/// Every customer with segment and tier; where the tier is not the expected one, what is, why, and how soon to look. The tables of
/// a run speak its language alone, so names and reasons come from those files of it that speak both.
pub(super) fn customers(run: &Path, language: Language) -> Result<Sheet, Failed> {
    let spoken = Spoken::of(&open_named(run)?, language);
    let assigned = Arc::new(Source::open_even_empty(&run.join("assignments.parquet"))?);
    let Some(id) = assigned.columns().first().map(|column| column.name.clone()) else {
        return Err(foreign(run, "assignments.parquet", "it has no columns"));
    };
    let disagreeing = disagreements(run, &id, &spoken)?;
    let own = |(en, zh): (&str, &str)| Text::new(en, zh);
    let mut headings = vec![Text::new(&*id, &*id)];
    headings.extend(ASSIGNED.into_iter().chain(DISAGREEING).map(own));
    headings.extend([own(("value", "价值")), own(("rank", "排序"))]);
    let names: Vec<&str> = [&*id].into_iter().chain(ASSIGNED.iter().map(|(name, _)| *name)).collect();
    let mut rows = Vec::with_capacity(assigned.n_rows());
    for chunk in RowStream::new(&assigned, &names, &[])? {
        let chunk = chunk?;
        let columns = columns_of(&assigned, &names, &chunk.arrays)?;
        for row in 0..chunk.n_rows {
            let mut entries: Vec<Entry> = columns.iter().map(|column| Entry::Text(column[row].clone())).collect();
            if let Some(name) = columns[1][row].as_ref().and_then(|id| spoken.segments.get(id)) {
                entries[2] = Entry::Text(Some(name.clone()));
            }
            match columns[0][row].as_ref().and_then(|id| disagreeing.get(id)) {
                Some(more) => entries.extend_from_slice(more),
                None => entries.extend((0..DISAGREEING.len() + 2).map(|_| Entry::Text(None))),
            }
            rows.push(entries);
        }
    }
    Ok(Sheet::customers(headings, rows))
}

/// Bytes of a customer in a list, an entry for every column, with the line of a text file that is made of it. They were measured
/// (docs/methods.md).
const LINE_BYTES: u64 = 1_400;
/// The same in a workbook, of which every cell is held once more.
const CELLS_BYTES: u64 = 2_600;

/// Bytes that the list of all customers of a run needs, as far as the footers tell.
pub(super) fn memory_bytes(run: &Path, is_xlsx: bool) -> Result<u64, LoadError> {
    let customer_bytes = if is_xlsx { CELLS_BYTES } else { LINE_BYTES };
    let bytes = |file: &str| {
        let source = Source::open_even_empty(&run.join(file))?;
        let texts: u64 = source.columns().iter().map(|column| source.column_bytes(&column.name)).sum();
        Ok::<u64, LoadError>(customer_bytes * source.n_rows() as u64 + texts)
    };
    // Of who disagrees a few entries are held beside those of the list.
    Ok(bytes("assignments.parquet")? + bytes("disagreements.parquet")? / 3)
}

/// What a run says of its customers, in the language of who reads it.
struct Spoken {
    /// The name of every segment, by its id.
    segments: HashMap<String, String>,
    /// Why customers of a tier are listed, by segment and tier.
    reasons: HashMap<(String, String), String>,
    language: Language,
}

impl Spoken {
    fn of(run: &Run, language: Language) -> Spoken {
        let clusters = run.labelled.clusterings.iter().filter(|one| one.primary).flat_map(|one| &one.clusters);
        let named: Vec<_> = clusters.filter_map(|one| Some((one.cluster?, one.id.clone()?, &one.name))).collect();
        let of_segments = run.comparisons.comparisons.iter().filter(|one| one.clustering == run.record.primary.name());
        let mut reasons = HashMap::new();
        // The first tier is the one whose customers are listed.
        for cell in of_segments.take(1).flat_map(|comparison| &comparison.disagreements) {
            if let Some((_, id, _)) = named.iter().find(|(cluster, ..)| cell.cluster == Some(*cluster)) {
                reasons.insert((id.clone(), cell.tier.clone()), cell.reason.get(language).to_owned());
            }
        }
        let segments = named.into_iter().map(|(_, id, name)| (id, name.get(language).to_owned())).collect();
        Spoken { segments, reasons, language }
    }

    fn direction(&self, name: String) -> String {
        match (self.language, name.as_str()) {
            (Language::Zh, "too_low") => "偏低".to_owned(),
            (Language::Zh, "too_high") => "偏高".to_owned(),
            _ => name,
        }
    }
}

/// What is told of every customer whose tier is not the expected one, by id.
fn disagreements(run: &Path, id: &str, spoken: &Spoken) -> Result<HashMap<String, Vec<Entry>>, Failed> {
    let source = Arc::new(Source::open_even_empty(&run.join("disagreements.parquet"))?);
    let told = DISAGREEING.iter().map(|(name, _)| *name);
    let names: Vec<&str> = [id].into_iter().chain(told).chain(["segment_id", "tier"]).collect();
    let mut found = HashMap::new();
    for chunk in RowStream::new(&source, &[&names[..], &["value", "rank"]].concat(), &[])? {
        let chunk = chunk?;
        let mut columns = columns_of(&source, &names, &chunk.arrays)?;
        let (tiers, segments) = (columns.pop().unwrap_or_default(), columns.pop().unwrap_or_default());
        let value = chunk.arrays[names.len()].as_primitive_opt::<Float64Type>();
        let rank = chunk.arrays[names.len() + 1].as_primitive_opt::<UInt32Type>();
        let Some((value, rank)) = value.zip(rank) else {
            return Err(foreign(run, "disagreements.parquet", "value and rank are no numbers of their types"));
        };
        for row in 0..chunk.n_rows {
            let Some(id) = columns[0][row].clone() else { continue };
            let mut said: Vec<Option<String>> = columns[1..].iter().map(|column| column[row].clone()).collect();
            said[1] = said[1].take().map(|direction| spoken.direction(direction));
            let cell = segments[row].clone().zip(tiers[row].clone());
            said[2] = cell.and_then(|cell| spoken.reasons.get(&cell).cloned()).or(said[2].take());
            let mut entries: Vec<Entry> = said.into_iter().map(Entry::Text).collect();
            entries.push(Entry::Number(value.is_valid(row).then(|| value.value(row))));
            entries.push(Entry::Number(rank.is_valid(row).then(|| f64::from(rank.value(row)))));
            found.insert(id, entries);
        }
    }
    Ok(found)
}

/// A table of the run that another program wrote.
fn foreign(run: &Path, name: &str, how: &str) -> Failed {
    RegistryError::Altered { path: run.join(name), how: how.to_owned() }.into()
}

fn columns_of(source: &Source, names: &[&str], arrays: &[ArrayRef]) -> Result<Vec<Vec<Option<String>>>, LoadError> {
    names.iter().zip(arrays).map(|(name, array)| texts(source, name, array)).collect()
}
