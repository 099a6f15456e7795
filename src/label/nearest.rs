//! "Did you mean …": the known name most like a mistyped one.

/// The candidate most like `wanted`, when one is close; ties go to the earlier one.
pub fn nearest<S: AsRef<str>>(wanted: &str, candidates: impl IntoIterator<Item = S>) -> Option<String> {
    let mut best: Option<(f64, String)> = None;
    for candidate in candidates {
        let likeness = strsim::jaro_winkler(candidate.as_ref(), wanted);
        if likeness > 0.8 && best.as_ref().is_none_or(|(most, _)| likeness > *most) {
            best = Some((likeness, candidate.as_ref().to_owned()));
        }
    }
    best.map(|(_, name)| name)
}
