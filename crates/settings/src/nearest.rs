//! The known word that a person most likely meant.

/// The nearest of the known words; none where all are too far to be a slip.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Longer words are no slips of ours, and the work grows with the product of the lengths.
    if word.len() > WORD_MAX {
        return None;
    }
    let distance_max = (word.chars().count() / 3).max(1);
    let distance = |candidate: &str| strsim::osa_distance(word, candidate);
    known
        .into_iter()
        .map(|candidate| (distance(candidate), candidate))
        .filter(|(distance, candidate)| *distance <= distance_max && *distance < candidate.len())
        .min()
        .map(|(_, candidate)| candidate)
}

const WORD_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_takes_slips_and_nothing_else() {
        let known = ["collar", "fee_max", "live_cap", "version"];
        let near = |word| nearest(word, known);
        assert_eq!(near("colar"), Some("collar"));
        assert_eq!(near("fee_amx"), Some("fee_max"));
        assert_eq!(near("live-cap"), Some("live_cap"));
        assert_eq!(near("leverage"), None);
        assert_eq!(near(""), None);
        assert_eq!(nearest("on", ["x"]), None);
        // Of a short word half is no slip.
        assert_eq!(nearest("nope", ["mode"]), None);
        assert_eq!(nearest("mod", ["mode"]), Some("mode"));
        assert_eq!(nearest(&"x".repeat(1_000), known), None);
    }
}
