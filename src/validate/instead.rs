//! What to write instead: names that there are, in words.
//!
//! Not for finding the nearest name (`catalog`).

use crate::catalog::nearest;

/// The most names that are listed: more is no help to anyone.
const LISTED: usize = 12;

/// What to do about a name that nothing has: `whose` is "its relations" or the
/// like.
pub(super) fn of_names(name: &str, known: Vec<&str>, whose: &str) -> String {
    let are = match known.as_slice() {
        [] => return "it has none at all".to_owned(),
        [only] => format!("of {whose} there is only `{only}`"),
        several => format!("{whose} are {}", listed(several, "and")),
    };
    let others = known.len() > 1;
    match nearest(name, known) {
        Some(meant) if others => format!("did you mean `{meant}`? {}", capitalised(&are)),
        Some(meant) => format!("did you mean `{meant}`?"),
        None => are,
    }
}

/// `a`, `b` and `c`; of very many the first, and how many more there are.
pub(super) fn listed(names: &[impl AsRef<str>], conjunction: &str) -> String {
    let shown = names.iter().take(LISTED);
    let mut words: Vec<String> = shown.map(|name| format!("`{}`", name.as_ref())).collect();
    if names.len() > LISTED {
        words.push(format!("{} more", names.len() - LISTED));
    }
    match words.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} {conjunction} {last}", others.join(", ")),
    }
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}

#[cfg(test)]
mod tests {
    use super::{listed, of_names};

    #[track_caller]
    fn check(name: &str, known: &[&str], expected: &str) {
        assert_eq!(of_names(name, known.to_vec(), "its relations"), expected);
    }

    #[test]
    fn the_nearest_name_and_all_others_are_told() {
        check(
            "taem",
            &["system", "team"],
            "did you mean `team`? Its relations are `system` and `team`",
        );
        check(
            "squad",
            &["system", "team"],
            "its relations are `system` and `team`",
        );
        check("taem", &["team"], "did you mean `team`?");
        check("squad", &["team"], "of its relations there is only `team`");
        check("squad", &[], "it has none at all");
    }

    #[test]
    fn a_long_list_is_cut() {
        let names: Vec<String> = (0..20).map(|number| number.to_string()).collect();
        let list = listed(&names, "or");
        assert!(
            list.starts_with("`0`, `1`, ") && list.ends_with("`11` or 8 more"),
            "{list}"
        );
    }
}
