//! A selector of labels, in the form that the API server takes (apimachinery's
//! `labels.Parse`).
//!
//! Not for asking whether an object has the labels: the API server does. It is read here
//! so that a mistyped one is said at the start, and not by every watch for ever.

/// A selector that the API server takes, as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Selector(String);

/// What is no selector.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "takes labels such as `KEY=VALUE`, `KEY!=VALUE`, `KEY in (VALUE, VALUE)`, `KEY notin (VALUE)`, `KEY` and `!KEY`, separated by commas, not `{0}`"
)]
pub(crate) struct SelectorError(String);

impl Selector {
    /// Reads a selector; `None` for one that is empty, which selects all.
    ///
    /// # Errors
    ///
    /// Whatever the API server does not take.
    pub(crate) fn parse(text: &str) -> Result<Option<Self>, SelectorError> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        match requirements(text).all(is_requirement) {
            true => Ok(Some(Self(text.to_owned()))),
            false => Err(SelectorError(text.to_owned())),
        }
    }

    /// As it was typed.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// What stands between the commas that are in no parentheses.
fn requirements(text: &str) -> impl Iterator<Item = &str> {
    let mut is_inside = false;
    let requirements = text.split(move |letter: char| {
        match letter {
            '(' => is_inside = true,
            ')' => is_inside = false,
            _ => {}
        }
        letter == ',' && !is_inside
    });
    requirements.map(str::trim)
}

fn is_requirement(text: &str) -> bool {
    if let Some(key) = text.strip_prefix('!') {
        return is_key(key.trim());
    }
    let is_end = |letter: char| letter.is_whitespace() || "=!<>(".contains(letter);
    let (key, rest) = text.split_at(text.find(is_end).unwrap_or(text.len()));
    is_key(key) && is_condition(rest.trim())
}

/// What stands behind a key.
fn is_condition(text: &str) -> bool {
    let after = |starts: &[&str]| {
        let mut rests = starts.iter().map(|start| text.strip_prefix(*start));
        rests.find_map(|rest| rest.map(str::trim))
    };
    if let Some(value) = after(&["==", "=", "!="]) {
        return is_value(value);
    }
    if let Some(number) = after(&["<", ">"]) {
        return number.parse::<i64>().is_ok();
    }
    if let Some(set) = after(&["notin", "in"]) {
        let values = set.strip_prefix('(').and_then(|it| it.strip_suffix(')'));
        return values.is_some_and(|it| it.split(',').all(|value| is_value(value.trim())));
    }
    text.is_empty()
}

/// `shard`, `sharding.fluxcd.io/key`
fn is_key(text: &str) -> bool {
    let (prefix, name) = match text.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, text),
    };
    prefix.is_none_or(is_subdomain) && is_word(name)
}

/// A name of DNS's (RFC 1123), with dots.
fn is_subdomain(text: &str) -> bool {
    let is_letter = |letter: char| "-.".contains(letter) || letter.is_ascii_digit();
    let is_lower = |letter: char| letter.is_ascii_lowercase() || is_letter(letter);
    let is_label =
        |label: &str| !(label.is_empty() || label.starts_with('-') || label.ends_with('-'));
    text.len() <= 253 && text.chars().all(is_lower) && text.split('.').all(is_label)
}

fn is_value(text: &str) -> bool {
    text.is_empty() || is_word(text)
}

/// A label's value, and its key's last part.
fn is_word(text: &str) -> bool {
    let is_end = |letter: Option<char>| letter.is_some_and(|it| it.is_ascii_alphanumeric());
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    let (first, last) = (text.chars().next(), text.chars().next_back());
    text.len() <= 63 && is_end(first) && is_end(last) && text.chars().all(is_letter)
}

#[cfg(test)]
mod tests {
    use super::Selector;

    #[test]
    fn what_the_api_server_takes_is_kept_as_it_is_typed() {
        for text in [
            "sharding.fluxcd.io/key=shard1",
            "shard==a, tier!=b",
            "shard=",
            "sharding.fluxcd.io/key notin (shard1,shard2)",
            "shard in ( a, B_2 ),!other,third",
            "! other",
            "weight>1,weight < 9",
            "shard in ()",
        ] {
            let selector = Selector::parse(text).unwrap().unwrap();
            assert_eq!(selector.as_str(), text);
        }
        for text in ["", " "] {
            assert_eq!(Selector::parse(text), Ok(None));
        }
    }

    #[test]
    fn what_it_does_not_take_is_refused() {
        for text in [
            ",",
            "shard=a,",
            "=a",
            "shard=a=b",
            "shard=a b",
            "shard=-a",
            "shard a",
            "shard in a",
            "shard in (a",
            "shard in (a),b)",
            "shard inside (a)",
            "!shard=a",
            "a/b/c=d",
            "/shard",
            "Glint.io/shard",
            "glint..io/shard",
            "shard>a",
            &format!("shard={}", "a".repeat(64)),
        ] {
            assert!(Selector::parse(text).is_err(), "{text}");
        }
    }
}
