//! A setting's value: from what a source holds, through its form, to its type.
//!
//! Every source, whatever its own syntax, comes down to [`Given`]; `Raw` is what
//! has the form that the setting's [`Kind`] asks for. Invariant: a `Raw` that
//! [`raw`] gave back is accepted by the typed reader of its kind.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::choice::Choice;
use super::error::{listed, quoted};
use super::setting::Kind;
use crate::catalog::Pattern;
use crate::input;

/// What stands for a secret from the moment on at which it is a setting's value.
const HIDDEN: &str = "hidden";

/// What a source holds for a setting, before anyone asks what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Given {
    /// Nothing: YAML's and JSON's null.
    Nothing,
    /// One line from a source that knows only text (a variable, a ConfigMap),
    /// which writes lists and maps as `a,b` and `a=1,b=2`, or as JSON.
    Line(String),
    /// A scalar of a structured source, as it is written.
    Text(String),
    /// A list.
    List(Vec<Self>),
    /// Names with values.
    Map(Vec<(String, Self)>),
}

impl Given {
    /// What a JSON value gives.
    pub(super) fn from_json(value: &Value) -> Self {
        match value {
            Value::Null => Self::Nothing,
            Value::Bool(_) | Value::Number(_) => Self::Text(value.to_string()),
            Value::String(text) => Self::Text(text.clone()),
            Value::Array(items) => Self::List(items.iter().map(Self::from_json).collect()),
            Value::Object(members) => Self::Map(
                members
                    .iter()
                    .map(|(name, value)| (name.clone(), Self::from_json(value)))
                    .collect(),
            ),
        }
    }

    /// It with each text changed; names stay.
    pub(super) fn map_texts(self, change: &impl Fn(&str) -> String) -> Self {
        match self {
            Self::Nothing => Self::Nothing,
            Self::Line(text) => Self::Line(change(&text)),
            Self::Text(text) => Self::Text(change(&text)),
            Self::List(items) => {
                Self::List(items.into_iter().map(|it| it.map_texts(change)).collect())
            }
            Self::Map(members) => Self::Map(
                members
                    .into_iter()
                    .map(|(name, it)| (name, it.map_texts(change)))
                    .collect(),
            ),
        }
    }

    /// The value's form, for a message; never the value.
    pub(super) fn form(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Line(_) | Self::Text(_) => "a single text",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }
}

/// A value in the form of its setting, not yet in its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Raw {
    /// Of every kind but the two below.
    Text(String),
    /// Of [`Kind::List`].
    List(Vec<String>),
    /// Of [`Kind::Map`].
    Map(BTreeMap<String, String>),
}

impl Raw {
    /// The value as a variable would hold it.
    pub(super) fn to_line(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::List(items) => items.join(","),
            Self::Map(members) => members
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect::<Vec<_>>()
                .join(","),
        }
    }

    /// The value as it may be shown: without users and passwords of URLs, and of
    /// named values that look like a secret, `secret` makes what stands there.
    pub(super) fn without_secrets(&self, secret: impl Fn(&str) -> Option<String>) -> Self {
        let plain = |text: &String| input::without_userinfo(text).into_owned();
        match self {
            Self::Text(text) => Self::Text(plain(text)),
            Self::List(items) => Self::List(items.iter().map(plain).collect()),
            Self::Map(members) => {
                let shown = members.iter().filter_map(|(name, value)| {
                    let pair = format!("{name}={value}");
                    let redacted = input::redacted(&pair);
                    match redacted == pair {
                        true => Some((name.clone(), value.clone())),
                        false => Some((name.clone(), secret(name)?)),
                    }
                });
                Self::Map(shown.collect())
            }
        }
    }

    /// The value as JSON, in its own form.
    pub(super) fn to_json(&self) -> Value {
        match self {
            Self::Text(text) => Value::from(text.as_str()),
            Self::List(items) => Value::from(items.as_slice()),
            Self::Map(members) => members
                .iter()
                .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
                .collect(),
        }
    }
}

/// What was given instead of what the kind takes: a clause for a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mismatch(pub(super) String);

impl Kind {
    /// What a setting of this kind takes, for a message.
    pub(super) fn takes(self) -> String {
        match self {
            Self::Word(words) => listed(words),
            Self::Bool => "true or false".to_owned(),
            Self::Bytes => "a size such as 512MiB, 100MB or 1048576".to_owned(),
            Self::Duration => "a duration such as 40s, 1m30s or 500ms".to_owned(),
            Self::Count => "a whole number such as 10".to_owned(),
            Self::Percent => "a percentage such as 10%".to_owned(),
            Self::Text => "one line of text that does not start with `-`".to_owned(),
            Self::Path => "a path that does not start with `-`".to_owned(),
            Self::Url => "a URL".to_owned(),
            Self::Secret => "a text".to_owned(),
            Self::Pattern => "a glob such as `*.yaml` or `{a,b}.json`".to_owned(),
            Self::List => "a list of texts that do not start with `-`".to_owned(),
            Self::Map => "names with values".to_owned(),
        }
    }
}

/// Brings a given value into the form of its kind, or says what was given.
pub(super) fn raw(kind: Kind, given: &Given) -> Result<Raw, Mismatch> {
    let raw = match (kind, given) {
        (Kind::List, Given::Line(line)) => Raw::List(items_of_line(line)?),
        (Kind::List, Given::List(items)) => {
            Raw::List(items.iter().map(scalar).collect::<Result<_, _>>()?)
        }
        (Kind::Map, Given::Line(line)) => Raw::Map(members_of_line(line)?),
        (Kind::Map, Given::Map(members)) => Raw::Map(
            members
                .iter()
                .map(|(name, value)| Ok((name.clone(), scalar(value)?)))
                .collect::<Result<_, _>>()?,
        ),
        (Kind::List | Kind::Map, _) => return Err(Mismatch(given.form().to_owned())),
        (Kind::Secret, _) => Raw::Text(HIDDEN.to_owned()),
        (Kind::Url, _) => Raw::Text(without_userinfo(&scalar(given)?)),
        (
            Kind::Word(_)
            | Kind::Bool
            | Kind::Bytes
            | Kind::Duration
            | Kind::Count
            | Kind::Percent
            | Kind::Text
            | Kind::Path
            | Kind::Pattern,
            _,
        ) => Raw::Text(scalar(given)?),
    };
    check(kind, &raw)?;
    Ok(raw)
}

fn scalar(given: &Given) -> Result<String, Mismatch> {
    match given {
        Given::Line(text) | Given::Text(text) => Ok(text.clone()),
        Given::Nothing | Given::List(_) | Given::Map(_) => Err(Mismatch(given.form().to_owned())),
    }
}

fn items_of_line(line: &str) -> Result<Vec<String>, Mismatch> {
    if line.trim_start().starts_with('[') {
        return serde_json::from_str(line).map_err(|_| Mismatch("broken JSON".to_owned()));
    }
    Ok(line.split(',').map(|item| item.trim().to_owned()).collect())
}

fn members_of_line(line: &str) -> Result<BTreeMap<String, String>, Mismatch> {
    if line.trim_start().starts_with('{') {
        return serde_json::from_str(line).map_err(|_| Mismatch("broken JSON".to_owned()));
    }
    line.split(',').map(member).collect()
}

/// Splits `name=value`. The value may be a secret, so that what is no such pair
/// is not repeated.
pub(super) fn member(pair: &str) -> Result<(String, String), Mismatch> {
    match pair.split_once('=') {
        Some((name, value)) => Ok((name.trim().to_owned(), value.to_owned())),
        None => Err(Mismatch("a text without `=`".to_owned())),
    }
}

fn check(kind: Kind, raw: &Raw) -> Result<(), Mismatch> {
    match kind {
        Kind::Word(words) => {
            let word = text(raw)?;
            let known = words.contains(&word.as_str());
            known.then_some(()).ok_or_else(|| Mismatch(quoted(&word)))
        }
        Kind::Secret => Ok(()),
        Kind::Bool => boolean(raw).map(drop),
        Kind::Bytes => bytes(raw).map(drop),
        Kind::Duration => duration(raw).map(drop),
        Kind::Count => count(raw).map(drop),
        Kind::Percent => percent(raw).map(drop),
        Kind::Text | Kind::Path | Kind::Url => plain(&text(raw)?),
        Kind::Pattern => {
            let glob = text(raw)?;
            Pattern::parse(&glob)
                .map(drop)
                .map_err(|_| Mismatch(quoted(&glob)))
        }
        Kind::List => list(raw)?.iter().try_for_each(|item| plain(item)),
        // Names end up in one argument with their values, so only an empty one
        // can be misread; a value is the author's own affair.
        Kind::Map => match map(raw)?.contains_key("") {
            true => Err(Mismatch("an empty name".to_owned())),
            false => Ok(()),
        },
    }
}

/// A text that can be an argument of a child process, where a leading `-` would
/// make it a flag, and one line of a message or an annotation.
fn plain(text: &str) -> Result<(), Mismatch> {
    if text.is_empty() || text.starts_with('-') || text.chars().any(char::is_control) {
        return Err(Mismatch(quoted(text)));
    }
    Ok(())
}

/// `scheme://user:password@host/path` without what stands before the `@`. The
/// user of `git@host:path` is no secret and part of the address.
pub(super) fn without_userinfo(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority.rsplit('@').next().unwrap_or(authority);
    format!("{scheme}://{host}{path}")
}

/// Reads one word of a set.
pub(super) fn word<T: Choice>(raw: &Raw) -> Result<T, Mismatch> {
    let word = text(raw)?;
    T::from_word(&word).ok_or_else(|| Mismatch(quoted(&word)))
}

/// Reads `true` or `false`, and no other spelling.
pub(super) fn boolean(raw: &Raw) -> Result<bool, Mismatch> {
    match text(raw)?.as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        other => Err(Mismatch(quoted(other))),
    }
}

/// Reads a number of bytes above 0: a whole number, alone or with a decimal
/// (`kB`, `MB`, `GB`) or binary unit (`KiB` or Kubernetes' `Ki`, and so on).
pub(super) fn bytes(raw: &Raw) -> Result<u64, Mismatch> {
    let text = text(raw)?;
    let end = text
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let factor: Option<u64> = match unit.trim_start() {
        "" | "B" => Some(1),
        "kB" | "KB" => Some(1_000),
        "MB" => Some(1_000_000),
        "GB" => Some(1_000_000_000),
        "KiB" | "Ki" => Some(1 << 10),
        "MiB" | "Mi" => Some(1 << 20),
        "GiB" | "Gi" => Some(1 << 30),
        _ => None,
    };
    number
        .parse()
        .ok()
        .zip(factor)
        .and_then(|(number, factor): (u64, u64)| number.checked_mul(factor))
        .filter(|bytes| *bytes > 0)
        .ok_or_else(|| Mismatch(quoted(&text)))
}

/// Reads a time above 0 as Go's `time.ParseDuration` writes it, in whole
/// numbers: hours, minutes, seconds, milliseconds, each at most once and in that
/// order. A bare number has no unit to be sure of.
pub(super) fn duration(raw: &Raw) -> Result<Duration, Mismatch> {
    const UNITS: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
    let text = text(raw)?;
    let parse = || {
        let mut rest = text.as_str();
        let mut units = UNITS.iter();
        let mut milliseconds: u64 = 0;
        while !rest.is_empty() {
            let digits = rest.find(|it: char| !it.is_ascii_digit())?;
            let (number, tail) = rest.split_at(digits);
            let end = tail
                .find(|it: char| it.is_ascii_digit())
                .unwrap_or(tail.len());
            let (unit, tail) = tail.split_at(end);
            // The iterator goes on from the last unit: none comes twice.
            let (_, factor) = units.find(|(name, _)| *name == unit)?;
            let part = number.parse::<u64>().ok()?.checked_mul(*factor)?;
            milliseconds = milliseconds.checked_add(part)?;
            rest = tail;
        }
        (milliseconds > 0).then(|| Duration::from_millis(milliseconds))
    };
    parse().ok_or_else(|| Mismatch(quoted(&text)))
}

/// The same of a flag that is no setting.
#[cfg(feature = "controller")]
pub(crate) fn typed_duration(text: &str) -> Option<Duration> {
    duration(&Raw::Text(text.to_owned())).ok()
}

/// Reads a whole number, 0 among them.
pub(super) fn count(raw: &Raw) -> Result<u64, Mismatch> {
    let text = text(raw)?;
    whole(&text).ok_or_else(|| Mismatch(quoted(&text)))
}

/// Reads a whole number of percent, up to 100, with or without its sign.
pub(super) fn percent(raw: &Raw) -> Result<u8, Mismatch> {
    let text = text(raw)?;
    let number = text.strip_suffix('%').unwrap_or(&text).trim_end();
    let share = whole(number).and_then(|number| u8::try_from(number).ok());
    let share = share.filter(|share| *share <= 100);
    share.ok_or_else(|| Mismatch(quoted(&text)))
}

/// Without a sign, which Rust's own reader would take.
fn whole(text: &str) -> Option<u64> {
    let is_digits = text.bytes().all(|digit| digit.is_ascii_digit());
    text.parse().ok().filter(|_| is_digits)
}

/// Reads a single text.
pub(super) fn text(raw: &Raw) -> Result<String, Mismatch> {
    match raw {
        Raw::Text(text) => Ok(text.clone()),
        Raw::List(_) => Err(Mismatch("a list".to_owned())),
        Raw::Map(_) => Err(Mismatch("a map".to_owned())),
    }
}

/// Reads a list.
pub(super) fn list(raw: &Raw) -> Result<Vec<String>, Mismatch> {
    match raw {
        Raw::List(items) => Ok(items.clone()),
        Raw::Text(_) => Err(Mismatch("a single text".to_owned())),
        Raw::Map(_) => Err(Mismatch("a map".to_owned())),
    }
}

/// Reads names with values.
pub(super) fn map(raw: &Raw) -> Result<BTreeMap<String, String>, Mismatch> {
    match raw {
        Raw::Map(members) => Ok(members.clone()),
        Raw::Text(_) => Err(Mismatch("a single text".to_owned())),
        Raw::List(_) => Err(Mismatch("a list".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Given, Mismatch, Raw, bytes, duration, raw};
    use crate::config::setting::Kind;

    #[track_caller]
    fn size(text: &str, expected: Option<u64>) {
        let actual = bytes(&Raw::Text(text.to_owned())).ok();
        assert_eq!(actual, expected, "{text}");
    }

    #[test]
    fn sizes_have_decimal_and_binary_units() {
        size("1048576", Some(1_048_576));
        size("100MB", Some(100_000_000));
        size("512MiB", Some(512 << 20));
        size("512Mi", Some(512 << 20));
        size("1 GiB", Some(1 << 30));
        size("0", None);
        size("-1", None);
        size("1.5GB", None);
        size("1mb", None);
        size("", None);
        size("99999999999GiB", None);
    }

    #[track_caller]
    fn time(text: &str, milliseconds: Option<u64>) {
        let actual = duration(&Raw::Text(text.to_owned())).ok();
        assert_eq!(actual, milliseconds.map(Duration::from_millis), "{text}");
    }

    #[test]
    fn durations_are_written_as_in_go() {
        time("40s", Some(40_000));
        time("1m30s", Some(90_000));
        time("500ms", Some(500));
        time("1h2m3s4ms", Some(3_723_004));
        time("40", None);
        time("0s", None);
        time("30s1m", None);
        time("1s1s", None);
        time("1.5s", None);
        time("s", None);
        time("99999999999999h", None);
    }

    #[track_caller]
    fn check(kind: Kind, given: Given, expected: Result<&str, &str>) {
        let actual = raw(kind, &given).map(|raw| raw.to_line());
        let expected = expected
            .map(str::to_owned)
            .map_err(|given| Mismatch(given.to_owned()));
        assert_eq!(actual, expected, "{given:?}");
    }

    fn line(text: &str) -> Given {
        Given::Line(text.to_owned())
    }

    fn scalar(text: &str) -> Given {
        Given::Text(text.to_owned())
    }

    #[test]
    fn a_line_holds_lists_and_maps_too() {
        check(Kind::List, line("a.yaml, b.yaml"), Ok("a.yaml,b.yaml"));
        check(Kind::List, line(r#"["a,b"]"#), Ok("a,b"));
        check(Kind::List, line("["), Err("broken JSON"));
        check(Kind::List, line("a,,b"), Err("an empty text"));
        check(Kind::Map, line("a.b=1,c=x=y"), Ok("a.b=1,c=x=y"));
        check(Kind::Map, line(r#"{"a":"1,2"}"#), Ok("a=1,2"));
        check(Kind::Map, line("hunter2"), Err("a text without `=`"));
        check(Kind::Map, line("=1"), Err("an empty name"));
    }

    #[test]
    fn a_structured_source_keeps_to_the_form() {
        check(Kind::List, scalar("a"), Err("a single text"));
        check(Kind::Map, Given::List(vec![]), Err("a list"));
        check(Kind::Text, Given::List(vec![]), Err("a list"));
        check(Kind::Bool, Given::Nothing, Err("nothing"));
        check(
            Kind::List,
            Given::List(vec![Given::Map(vec![])]),
            Err("a map"),
        );
    }

    #[test]
    fn a_text_is_no_flag_and_keeps_to_one_line() {
        check(Kind::Text, scalar("checkout"), Ok("checkout"));
        check(
            Kind::Text,
            scalar("--post-renderer=x"),
            Err("`--post-renderer=x`"),
        );
        check(Kind::Path, scalar("a\nb"), Err("`a\\nb`"));
        check(Kind::List, line("a,-f"), Err("`-f`"));
        check(Kind::Pattern, scalar("-*.yaml"), Ok("-*.yaml"));
        check(Kind::Pattern, scalar("[a"), Err("`[a`"));
        check(Kind::Bool, scalar("yes"), Err("`yes`"));
        check(Kind::Count, scalar("0"), Ok("0"));
        check(Kind::Count, scalar("10%"), Err("`10%`"));
        check(Kind::Count, scalar("-1"), Err("`-1`"));
        check(Kind::Percent, scalar("10%"), Ok("10%"));
        check(Kind::Percent, line("10 %"), Ok("10 %"));
        check(Kind::Percent, scalar("100"), Ok("100"));
        check(Kind::Percent, scalar("101%"), Err("`101%`"));
        check(Kind::Percent, scalar("%"), Err("`%`"));
    }

    #[test]
    fn a_url_loses_its_user_before_anyone_sees_it() {
        let url = |given, expected| check(Kind::Url, scalar(given), Ok(expected));
        url("https://u:p@git.example/shop", "https://git.example/shop");
        url("https://u:p@x@git.example", "https://git.example");
        url("https://git.example/a@b", "https://git.example/a@b");
        url("ssh://git@git.example/shop", "ssh://git.example/shop");
        url("git@git.example:shop.git", "git@git.example:shop.git");
    }
}
