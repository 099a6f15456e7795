//! Every figure of a page that names its place in a file is read from the page again and held against that file: a report that
//! contradicts its tables is never written.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use super::ReportError;
use super::pointed::Pointed;
use crate::registry::RegistryError;

/// The files of a run that figures may come from.
const SOURCES: [&str; 3] = ["run.json", "segments.json", "comparison.json"];

/// What is shared to one or two digits where more would tell of hidden counts, or are not promised; everything else is shared as it is
/// or not at all.
const ROUNDED: [&str; 7] =
    ["/score", "/delta", "/position", "/ami/value", "/homogeneity/value", "/mean_probability", "/log_likelihood"];

/// Checks every `<data value="…" data-of="FILE#/POINTER">text</data>` of `page`: the value is the one in that file of the run in
/// `folder`, bit for bit, or one of the few that are shared to one or two digits, and the text is that value to the digits it shows.
/// Returns how many there were.
///
/// Of the files only what the page points to is kept in memory.
///
/// # Errors
/// [`ReportError::Contradiction`] with the first figure that is not as it should be; when a file cannot be read.
pub(super) fn read_back(page: &str, folder: &Path) -> Result<usize, ReportError> {
    let figures: Vec<Figure<'_>> = page.split("<data ").skip(1).map(Figure::of).collect();
    let mut documents = BTreeMap::new();
    for name in SOURCES {
        let pointers = figures.iter().filter_map(Figure::pointed).filter(|(file, _)| *file == name);
        let mut pointed = Pointed::at(pointers.map(|(_, pointer)| pointer));
        let path = folder.join(name);
        let file = File::open(&path).map_err(|source| RegistryError::Unreadable { path: path.clone(), source })?;
        let read = pointed.read(&mut serde_json::Deserializer::from_reader(BufReader::new(file)));
        read.map_err(|error| RegistryError::Damaged { path, message: error.to_string() })?;
        documents.insert(name, pointed);
    }
    figures.iter().try_for_each(|figure| figure.check(&documents))?;
    Ok(figures.len())
}

/// A figure of the page.
struct Figure<'a> {
    value: &'a str,
    text: &'a str,
    source: Option<&'a str>,
}

impl<'a> Figure<'a> {
    /// What stands after `<data `.
    fn of(element: &'a str) -> Self {
        let (attributes, rest) = element.split_once('>').unwrap_or((element, ""));
        Figure {
            value: attribute(attributes, "value").unwrap_or_default(),
            text: rest.split('<').next().unwrap_or_default(),
            source: attribute(attributes, "data-of"),
        }
    }

    /// The file and the pointer into it.
    fn pointed(&self) -> Option<(&'a str, &'a str)> {
        self.source?.split_once('#')
    }

    fn check(&self, documents: &BTreeMap<&'static str, Pointed>) -> Result<(), ReportError> {
        let contradiction = |found: String| ReportError::Contradiction {
            place: self.source.unwrap_or("a figure").to_owned(),
            shown: self.text.to_owned(),
            found,
        };
        let machine: f64 = self.value.parse().map_err(|_| contradiction(self.value.to_owned()))?;
        if !agrees(self.text, machine) {
            return Err(contradiction(self.value.to_owned()));
        }
        if self.source.is_some() {
            let pointed = self.pointed();
            let may_be_rounded = pointed.is_some_and(|(_, pointer)| ROUNDED.iter().any(|end| pointer.ends_with(end)));
            let stored = pointed.and_then(|(file, pointer)| documents.get(file)?.number(pointer));
            if !stored.is_some_and(|stored| stored == machine || may_be_rounded && is_rounded(machine, stored)) {
                return Err(contradiction(stored.map_or_else(|| "nothing".to_owned(), |stored| stored.to_string())));
            }
        }
        Ok(())
    }
}

/// Whether a figure is another, to one or two digits behind the point.
fn is_rounded(figure: f64, exact: f64) -> bool {
    [10.0, 100.0].iter().any(|steps| (exact * steps).round() / steps == figure)
}

/// The value of an attribute as the page's own writer puts it; the names and numbers looked for need no escapes.
fn attribute<'a>(attributes: &'a str, name: &str) -> Option<&'a str> {
    let at = attributes.split(' ').find_map(|one| one.strip_prefix(name)?.strip_prefix("=\""))?;
    at.split('"').next()
}

/// Whether `text` is `value` to the digits it shows: `1,235`, `25.0 %`, `−0.12`, `1.23e−5`.
fn agrees(text: &str, value: f64) -> bool {
    let percent = text.ends_with('%');
    let plain: String = text.trim_end_matches('%').replace('−', "-").replace(',', "");
    let plain = plain.trim();
    let Ok(read) = plain.parse::<f64>() else { return false };
    let (mantissa, exponent) = plain.split_once('e').unwrap_or((plain, "0"));
    let decimals = mantissa.split_once('.').map_or(0, |(_, decimals)| decimals.len()) as i32;
    let unit = 10f64.powi(exponent.parse::<i32>().unwrap_or(0) - decimals);
    let value = if percent { value * 100.0 } else { value };
    // Half a unit of the last digit, and what binary fractions add to it.
    (read - value).abs() <= unit * 0.5 + value.abs() * 1e-12
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(page: &str) -> Result<usize, ReportError> {
        let folder = tempfile::tempdir().unwrap();
        for name in SOURCES {
            std::fs::write(folder.path().join(name), r#"{ "size": 4998, "share": 0.2499, "score": 0.2499 }"#).unwrap();
        }
        read_back(page, folder.path())
    }

    #[test]
    fn a_page_that_says_what_the_files_say_passes() {
        let page = r#"<p><data value="4998" data-of="run.json#/size">4,998</data> <data value="0.2499" data-of="run.json#/share">25.0 %</data></p>"#;
        assert_eq!(check(page).unwrap(), 2);
        let rounded = r#"<data value="0.2" data-of="run.json#/score">0.20</data>"#;
        assert_eq!(check(rounded).unwrap(), 1, "of a score the page may say less than the files");
    }

    #[test]
    fn another_value_another_text_and_a_figure_from_nowhere_are_contradictions() {
        for page in [
            r#"<data value="4999" data-of="run.json#/size">4,999</data>"#,
            r#"<data value="4998" data-of="run.json#/size">4,989</data>"#,
            r#"<data value="4998" data-of="run.json#/sizes">4,998</data>"#,
            r#"<data value="0.2499" data-of="run.json#/share">24.9 %</data>"#,
            r#"<data value="0.25" data-of="run.json#/share">25.0 %</data>"#,
            r#"<data value="0.3" data-of="run.json#/score">0.30</data>"#,
            r#"<data value="1">*</data>"#,
            r#"<data data-of="run.json#/size">4,998</data>"#,
            r#"<data value="4998""#,
        ] {
            assert!(check(page).is_err(), "{page}");
        }
    }

    #[test]
    fn small_large_and_negative_numbers_are_read_as_written() {
        assert!(agrees("−0.12", -0.1249) && agrees("1.23e−5", 1.2345e-5) && agrees("1,234,567", 1_234_567.4));
        assert!(!agrees("0.12", -0.12) && !agrees("–", 0.0));
    }
}
