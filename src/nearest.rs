//! "Did you mean …": the known name most like a mistyped one.

/// The candidate fewest letters away from `wanted`, when at most a third of its letters (and always one) have to change;
/// ties go to the earlier one. Letters that changed places count once, and capitals do not count.
pub(crate) fn nearest<S: AsRef<str>>(wanted: &str, candidates: impl IntoIterator<Item = S>) -> Option<String> {
    let wanted = wanted.to_lowercase();
    let allowed = (wanted.chars().count() / 3).max(1);
    let distance = |candidate: &S| strsim::damerau_levenshtein(&wanted, &candidate.as_ref().to_lowercase());
    let candidates = candidates.into_iter().map(|candidate| (distance(&candidate), candidate));
    let near = candidates.filter(|(distance, _)| *distance <= allowed).min_by_key(|(distance, _)| *distance);
    near.map(|(_, candidate)| candidate.as_ref().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_third_of_the_letters_may_be_wrong() {
        let columns = ["monetary", "Recency_Days", "age", "name"];
        for (wanted, meant) in [
            ("Monetery", Some("monetary")),
            ("recencydays", Some("Recency_Days")),
            ("naem", Some("name")),
            ("ag", Some("age")),
            ("zzz", None),
            ("region", None),
        ] {
            assert_eq!(nearest(wanted, columns).as_deref(), meant, "{wanted}");
        }
        assert_eq!(nearest("S09", ["S01", "S02"]).as_deref(), Some("S01"));
    }
}
