//! The nearest of the known names to one that was mistyped.

/// The known name with the fewest letters to change, if that is few enough to be a slip.
pub(crate) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    // Longer names are no slips of ours, and the work grows with the product of the lengths.
    if name.len() > 64 {
        return None;
    }
    let distance_max = (name.chars().count() / 3).max(2);
    known
        .iter()
        .map(|candidate| (distance(name, candidate), *candidate))
        .filter(|(distance, _)| *distance <= distance_max)
        .min()
        .map(|(_, candidate)| candidate)
}

/// How many letters must be put in, left out or changed to make `b` of `a`.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, to) in b.iter().enumerate() {
            let changed = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_takes_slips_and_nothing_else() {
        let known = ["fast", "slow", "stake", "stop"];
        assert_eq!(nearest("fsat", &known), Some("fast"));
        assert_eq!(nearest("stak", &known), Some("stake"));
        assert_eq!(nearest("steak", &known), Some("stake"));
        assert_eq!(nearest("leverage", &known), None);
        assert_eq!(nearest(&"x".repeat(1_000), &known), None);
        assert_eq!(nearest("fast", &[]), None);
    }

    #[test]
    fn distance_known_values() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", "abc"), 0);
    }
}
