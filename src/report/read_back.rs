//! Every figure of a page is read from the page again and held against the file it comes from: a report that contradicts its
//! tables is never written.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::ReportError;
use crate::registry::read_json;

/// The files of a run that figures may come from.
const SOURCES: [&str; 3] = ["run.json", "segments.json", "comparison.json"];

/// These files as they are.
///
/// # Errors
/// When one cannot be read.
pub(super) fn sources(folder: &Path) -> Result<BTreeMap<&'static str, Value>, ReportError> {
    SOURCES.into_iter().map(|name| Ok((name, read_json(folder, name)?))).collect()
}

/// Checks every `<data value="…" data-of="FILE#/POINTER">text</data>` of `page`: the value is the one in the file, bit for bit or
/// rounded to one or two digits, as some are shared, and the text is that value to the digits it shows. Returns how many there were.
///
/// # Errors
/// [`ReportError::Contradiction`] with the first figure that is not as it should be.
pub(super) fn read_back(page: &str, documents: &BTreeMap<&'static str, Value>) -> Result<usize, ReportError> {
    let mut n = 0;
    for element in page.split("<data ").skip(1) {
        let (attributes, rest) = element.split_once('>').unwrap_or((element, ""));
        let (value, text) =
            (attribute(attributes, "value").unwrap_or_default(), rest.split('<').next().unwrap_or_default());
        let source = attribute(attributes, "data-of");
        let contradiction = |found: String| ReportError::Contradiction {
            place: source.unwrap_or("a figure").to_owned(),
            shown: text.to_owned(),
            found,
        };
        let machine: f64 = value.parse().map_err(|_| contradiction(value.to_owned()))?;
        if !agrees(text, machine) {
            return Err(contradiction(value.to_owned()));
        }
        if let Some(source) = source {
            let stored = source.split_once('#').and_then(|(file, pointer)| documents.get(file)?.pointer(pointer));
            match stored.and_then(Value::as_f64) {
                Some(stored) if stored == machine || is_rounded(machine, stored) => {}
                _ => return Err(contradiction(stored.map_or_else(|| "nothing".to_owned(), Value::to_string))),
            }
        }
        n += 1;
    }
    Ok(n)
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
    use serde_json::json;

    use super::*;

    fn check(page: &str) -> Result<usize, ReportError> {
        read_back(page, &BTreeMap::from([("run.json", json!({ "size": 4998, "share": 0.2499 }))]))
    }

    #[test]
    fn a_page_that_says_what_the_files_say_passes() {
        let page = r#"<p><data value="4998" data-of="run.json#/size">4,998</data> <data value="0.2499" data-of="run.json#/share">25.0 %</data></p>"#;
        assert_eq!(check(page).unwrap(), 2);
        let rounded = r#"<data value="0.2" data-of="run.json#/share">0.20</data>"#;
        assert_eq!(check(rounded).unwrap(), 1, "the page may say less than the files");
    }

    #[test]
    fn another_value_another_text_and_a_figure_from_nowhere_are_contradictions() {
        for page in [
            r#"<data value="4999" data-of="run.json#/size">4,999</data>"#,
            r#"<data value="4998" data-of="run.json#/size">4,989</data>"#,
            r#"<data value="4998" data-of="run.json#/sizes">4,998</data>"#,
            r#"<data value="0.2499" data-of="run.json#/share">24.9 %</data>"#,
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
