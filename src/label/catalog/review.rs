//! Whether the archetypes of a catalog can be told apart.
//!
//! A catalog without mistakes in its form may still promise what never happens. An archetype is held against itself (can
//! its conditions hold together?) and against every other one, by the **bounds** of the figures that clusters which fit
//! it in full can have: positions, medians and shares; a share is also bounded by what the other levels leave.
//!
//! - *Impossible* (mistake): the least shares it asks of one attribute add up to more than 1.
//! - *Shadowed* (mistake): whatever fits it in full fits another one in full too, so its margin is 0. More generally,
//!   the other one's score is never low enough for a margin of [`MIN_MARGIN`].
//! - *Overlapping* (warning): some clusters fit both in full and get neither name, others do not. Bands that share no
//!   more than [`NEIGHBOURS`] positions (low and medium) or a single figure (≤ 30 and ≥ 30) are not counted: their
//!   degrees tell them apart.
//!
//! What this cannot see: a table without an optional role, where archetypes that only differ in it are the same.

use std::collections::BTreeMap;

use super::file::{Read, read};
use super::{Archetype, Catalog, Level, Test};
use crate::label::{LabelError, Mistake};

/// The margin that has to be possible: the default of `label.min_margin`.
const MIN_MARGIN: f64 = 0.1;

/// The positions that levels next to each other have in common.
const NEIGHBOURS: f64 = 0.05;

/// Figures closer than this are equal.
const TINY: f64 = 1e-9;

/// What a condition bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Figure<'a> {
    Position(&'a str),
    Median(&'a str),
    Share(&'a str, &'a str),
}

impl Figure<'_> {
    fn of(test: &Test) -> Figure<'_> {
        match test {
            Test::Level { role, .. } => Figure::Position(role),
            Test::Range { role, .. } => Figure::Median(role),
            Test::Share { attribute, value, .. } => Figure::Share(attribute, value),
        }
    }
}

type Bounds<'a> = BTreeMap<Figure<'a>, (f64, f64)>;

impl Catalog {
    /// A catalog from TOML text, as [`Catalog::parse`] reads it, whose archetypes are also held against each other.
    ///
    /// A mistake is an archetype that no cluster can be named by: its conditions cannot hold together, or another
    /// archetype fits whatever fits it, so that no margin of 0.1 (the default of `label.min_margin`) is possible. The
    /// warnings are pairs that some clusters fit both in full; these clusters get neither name.
    ///
    /// ```
    /// use segmint::label::Catalog;
    /// let text = r#"
    /// id = "visits"
    /// name = { en = "visits", zh = "到访" }
    /// [[archetypes]]
    /// id = "often"
    /// name = { en = "frequent visitors", zh = "常客" }
    /// profile = { visits = "high" }
    /// [[archetypes]]
    /// id = "daily"
    /// name = { en = "daily visitors", zh = "每日到访" }
    /// profile = { visits = "very_high" }
    /// "#;
    /// let error = Catalog::check(text, "visits.toml").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "visits.toml:9: archetypes.daily can never be told from often (line 5): whatever fits it in full fits that one \
    ///      in full too"
    /// );
    /// ```
    ///
    /// # Errors
    /// Every mistake with its line.
    pub fn check(text: &str, file: &str) -> Result<(Catalog, Vec<Mistake>), LabelError> {
        let bad = |mistakes| LabelError::BadCatalog { file: file.to_owned(), mistakes };
        let read = read(text).map_err(bad)?;
        let (mistakes, warnings) = review(&read);
        if mistakes.is_empty() { Ok((read.catalog, warnings)) } else { Err(bad(mistakes)) }
    }
}

/// Mistakes and warnings, each in the order of lines.
fn review(read: &Read) -> (Vec<Mistake>, Vec<Mistake>) {
    let (mut mistakes, mut warnings) = (Vec::new(), Vec::new());
    let all: Vec<(&Archetype, usize, Bounds<'_>)> =
        read.catalog.archetypes.iter().zip(&read.lines).map(|(a, &line)| (a, line, bounds(a))).collect();
    let possible: Vec<_> = all
        .iter()
        .filter(|(archetype, line, bounds)| {
            let found = impossible(archetype, bounds);
            let fine = found.is_none();
            let hint = Some("shares of one attribute add up to 1 at most: lower a min, or leave a level out");
            mistakes.extend(found.map(|message| Mistake { line: *line, message, hint }));
            fine
        })
        .collect();
    for (i, (one, line, inside)) in possible.iter().enumerate() {
        for (j, (other, other_line, around)) in possible.iter().enumerate().filter(|(j, _)| *j != i) {
            let margin = 1.0 - least_score(other, inside);
            let mirrored = margin < TINY && 1.0 - least_score(one, around) < TINY;
            let (id, other_id) = (&one.id, &other.id);
            if margin < TINY {
                // Of two that ask the same, the later one is superfluous.
                if !mirrored || j < i {
                    let message = format!(
                        "archetypes.{id} can never be told from {other_id} (line {other_line}): whatever fits it in \
                         full fits that one in full too"
                    );
                    let hint = Some("give the wider one a condition that the narrower contradicts, or remove one");
                    mistakes.push(Mistake { line: *line, message, hint });
                }
            } else if margin < MIN_MARGIN - TINY {
                let message = format!(
                    "archetypes.{id} leads {other_id} (line {other_line}) by {margin:.3} at most; a match needs a margin \
                     of {MIN_MARGIN}"
                );
                let hint = Some("raise the weight of the condition that tells them apart");
                mistakes.push(Mistake { line: *line, message, hint });
            } else if j < i && 1.0 - least_score(one, around) >= MIN_MARGIN - TINY && overlap(inside, around) {
                let message = format!(
                    "archetypes.{id} overlaps {other_id} (line {other_line}): a cluster that fits both in full gets \
                     neither name"
                );
                let hint = Some("give one of them a condition that the other contradicts");
                warnings.push(Mistake { line: *line, message, hint });
            }
        }
    }
    mistakes.sort_by_key(|mistake| mistake.line);
    (mistakes, warnings)
}

/// The figures a cluster can have that fits the archetype in full, as far as its conditions bound them.
fn bounds(archetype: &Archetype) -> Bounds<'_> {
    let within = |test: &Test| match test {
        Test::Level { level, .. } => Level::band(*level),
        Test::Range { min, max, .. } => (min.unwrap_or(f64::NEG_INFINITY), max.unwrap_or(f64::INFINITY)),
        Test::Share { min, max, .. } => (min.unwrap_or(0.0), max.unwrap_or(1.0)),
    };
    archetype.conditions.iter().map(|c| (Figure::of(&c.test), within(&c.test))).collect()
}

fn impossible(archetype: &Archetype, bounds: &Bounds<'_>) -> Option<String> {
    let asked = bounds.keys().find_map(|figure| match *figure {
        Figure::Share(attribute, _) => {
            let total = asked_of(attribute, None, bounds);
            (total > 1.0 + TINY).then_some((attribute, total))
        }
        _ => None,
    });
    asked.map(|(attribute, total)| {
        format!(
            "archetypes.{}: no cluster fits it: its shares of {attribute} add up to {:.3} at least",
            archetype.id, total
        )
    })
}

/// The sum of the least shares of an attribute's levels, `without` one of them.
fn asked_of(attribute: &str, without: Option<&str>, bounds: &Bounds<'_>) -> f64 {
    let least = bounds.iter().filter_map(|(figure, (low, _))| match figure {
        Figure::Share(known, level) if *known == attribute && Some(*level) != without => Some(*low),
        _ => None,
    });
    least.sum()
}

/// The bounds of any figure.
fn bound(figure: Figure<'_>, bounds: &Bounds<'_>) -> (f64, f64) {
    let own = bounds.get(&figure).copied();
    match figure {
        Figure::Position(_) => own.unwrap_or((0.0, 1.0)),
        Figure::Median(_) => own.unwrap_or((f64::NEG_INFINITY, f64::INFINITY)),
        Figure::Share(attribute, level) => {
            let (low, high) = own.unwrap_or((0.0, 1.0));
            (low, high.min(1.0 - asked_of(attribute, Some(level), bounds)))
        }
    }
}

/// The lowest score of an archetype among the clusters within `inside`. A membership is smallest at an end.
fn least_score(archetype: &Archetype, inside: &Bounds<'_>) -> f64 {
    let (mut sum, mut weights) = (0.0, 0.0);
    for condition in &archetype.conditions {
        let (low, high) = bound(Figure::of(&condition.test), inside);
        sum += condition.weight * condition.test.membership(low).min(condition.test.membership(high));
        weights += condition.weight;
    }
    sum / weights
}

/// Whether clusters can be within both.
fn overlap(one: &Bounds<'_>, other: &Bounds<'_>) -> bool {
    one.keys().chain(other.keys()).all(|&figure| {
        let ((a, b), (c, d)) = (bound(figure, one), bound(figure, other));
        let common = b.min(d) - a.max(c);
        match figure {
            Figure::Position(_) => common > NEIGHBOURS + TINY,
            // A single figure, such as one order, is a range of its own.
            _ => common > TINY || (common >= 0.0 && (a == b || c == d)),
        }
    })
}
