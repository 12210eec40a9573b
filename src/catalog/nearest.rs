//! Finding what someone meant by a name that nothing has.
//!
//! Not for what is then said. Invariant: a name is only ever suggested where most
//! of its letters were typed.

/// The known name that takes the fewest keystrokes to reach, if that is at most a
/// third of its letters; the first of several.
pub(crate) fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let name = name.to_lowercase();
    known
        .into_iter()
        .map(|candidate| {
            (
                strsim::osa_distance(&name, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(distance, candidate)| *distance <= candidate.chars().count().div_ceil(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[track_caller]
    fn check(name: &str, expected: Option<&str>) {
        assert_eq!(nearest(name, ["team", "system", "dependsOn"]), expected);
    }

    #[test]
    fn a_slip_of_the_keys_is_understood_and_another_word_is_not() {
        check("taem", Some("team"));
        check("teams", Some("team"));
        check("depends_on", Some("dependsOn"));
        check("squad", None);
        check("", None);
    }
}
