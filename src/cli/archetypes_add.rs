//! `segmint archetypes add`: a segment that was found becomes an archetype.

use serde_json::json;

use super::args::{AddArguments, Arguments};
use super::exit::{CliError, Failed};
use super::output::{print_json, print_text, write_output};
use super::{plan_if_any, run_of};
use crate::Text;
use crate::cluster::choose_k::StructureVerdict;
use crate::label::{Draft, NewSegment, TopFeature};
use crate::nearest::nearest;
use crate::printable::printable;
use crate::registry::Run;

/// What of a run becomes an archetype.
struct Found {
    name: Text,
    features: Vec<TopFeature>,
}

pub(super) fn add(arguments: &Arguments, wanted: &AddArguments) -> Result<(), Failed> {
    let run = Run::open(&run_of(arguments, &wanted.from_run)?.path)?;
    let found = find(&run, &wanted.segment)?;
    let file = &wanted.catalog;
    if file.extension().is_none_or(|extension| extension != "toml") {
        let message =
            format!("--catalog must be a TOML file of your own, such as archetypes.toml, got {}", file.display());
        let hint = "a file that is not there yet is made; catalogs that are built in cannot be changed";
        return Err(CliError::argument(message, hint).into());
    }
    let name =
        Text::new(wanted.name_en.clone().unwrap_or(found.name.en), wanted.name_zh.clone().unwrap_or(found.name.zh));
    let id = wanted.id.clone().unwrap_or_else(|| word(&name.en));
    if id.is_empty() || id.contains(|c: char| c == '/' || c.is_whitespace()) {
        let message = format!("--id must be one word without slashes, got {id:?}");
        return Err(CliError::argument(message, "for example loyal-regulars").into());
    }
    let draft = Draft::of(id, name, &found.features);
    let text = match std::fs::read_to_string(file) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => {
            return Err(CliError::Input {
                message: format!("cannot read {}: {error}", file.display()),
                hint: "--catalog names a catalog file, which is made when there is none".to_owned(),
            }
            .into());
        }
    };
    let stem = file.file_stem().map(|stem| word(&stem.to_string_lossy())).unwrap_or_default();
    let roles = run.labelled.catalogs.iter().flat_map(|catalog| &catalog.roles);
    let known: Vec<(String, String)> =
        roles.filter_map(|role| Some((role.role.clone(), role.column.clone()?))).collect();
    let label = plan_if_any(arguments)?.map(|plan| plan.label).unwrap_or_default();
    let shown = file.display().to_string();
    let text = draft.add_to(text.as_deref(), &shown, &stem, &known, label.min_margin)?;
    write_output(file, text.as_bytes())?;
    if arguments.json {
        let profile: serde_json::Map<String, serde_json::Value> =
            draft.levels().map(|(column, level)| (column.to_owned(), level.word().into())).collect();
        return print_json(&json!({ "file": file, "archetype": draft.id, "name": draft.name, "profile": profile }));
    }
    let levels: Vec<String> = draft.levels().map(|(column, level)| format!("{column} {}", level.word())).collect();
    print_text(&format!(
        "{}: added {:?} ({} · {}): {}\nname the file in label.catalogs, and the next run knows this segment",
        printable(&shown),
        draft.id,
        printable(&draft.name.en),
        printable(&draft.name.zh),
        printable(&levels.join(", "))
    ))
}

/// The segment, or the candidate, with this id.
fn find(run: &Run, wanted: &str) -> Result<Found, CliError> {
    let record = &run.record;
    if record.structure.verdict == StructureVerdict::None {
        return Err(CliError::Input {
            message: format!("the run {} found no structure: its clusters are no customer types", record.run_id),
            hint: "other features, or more customers, may show some".to_owned(),
        });
    }
    let id = written_out(wanted);
    let is_it = |other: &str| other == id;
    let segments = run.labelled.primary().into_iter().flat_map(|primary| &primary.clusters);
    let segments: Vec<_> = segments.filter_map(|cluster| Some((cluster.id.as_deref()?, cluster))).collect();
    let candidates: &[NewSegment] = &run.labelled.new_segments.candidates;
    let found = match segments.iter().find(|(id, _)| is_it(id)) {
        Some((_, cluster)) => Some((cluster.name.clone(), &cluster.top_features)),
        None => candidates.iter().find(|c| is_it(&c.id)).map(|c| (c.name.clone(), &c.top_features)),
    };
    match found {
        Some((_, features)) if features.is_empty() => Err(CliError::Input {
            message: format!("nothing sets {wanted} of the run {} apart: it has no observed feature", record.run_id),
            hint: "an archetype needs at least one condition".to_owned(),
        }),
        Some((name, features)) => Ok(Found { name, features: features.clone() }),
        None => {
            let mut ids: Vec<&str> = segments.iter().map(|(id, _)| *id).collect();
            ids.extend(candidates.iter().map(|c| c.id.as_str()).filter(|id| id.starts_with('C')));
            let near = nearest(&id, &ids).map_or(String::new(), |id| format!("did you mean {id}? "));
            Err(CliError::Input {
                message: format!("the run {} has no segment and no candidate {wanted:?}", record.run_id),
                hint: format!("{near}it has {}", ids.join(", ")),
            })
        }
    }
}

/// An id as segments have it: s1 → S01.
fn written_out(id: &str) -> String {
    let id = id.trim().to_uppercase();
    let number = id.strip_prefix(['S', 'C']).and_then(|number| number.parse::<usize>().ok());
    number.map_or(id.clone(), |number| format!("{}{number:02}", &id[..1]))
}

/// A text as one word: letters, digits and - only.
fn word(text: &str) -> String {
    let parts = text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|part| !part.is_empty());
    parts.map(str::to_lowercase).collect::<Vec<String>>().join("-")
}
