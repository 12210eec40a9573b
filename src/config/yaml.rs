//! Settings files as trees with positions: the only file here that names the
//! YAML crate.
//!
//! A scalar is the text that stands in the file, so that `kube-version: 1.30`
//! is `1.30` and not the number 1.3; what the text means is the setting's
//! affair. Not for manifests. Invariant: size, depth and the number of nodes are
//! limited before anything is built.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Options, Spanned};

use super::error::{Problem, SettingsError};
use super::value::Given;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    /// `line:column` behind the file's name.
    pub(super) place: String,
    /// The value.
    pub(super) tree: Tree,
}

/// A YAML value with scalars as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tree {
    /// Nothing, `~`, `null`.
    Null,
    /// Any other scalar.
    Text(String),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in the order of the file.
    Map(Vec<Entry>),
}

/// One member of a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The key's text.
    pub(super) name: String,
    /// Where the key stands.
    pub(super) place: String,
    /// The value.
    pub(super) value: Node,
}

impl Node {
    /// The members of a mapping; an empty document has none.
    pub(super) fn entries(self) -> Result<Vec<Entry>, SettingsError> {
        match self.tree {
            Tree::Map(entries) => Ok(entries),
            Tree::Null => Ok(Vec::new()),
            Tree::Text(_) | Tree::List(_) => Err(self.unfit("names with values")),
        }
    }

    /// The items of a list that is there: an empty list is one, nothing is none.
    pub(super) fn items(self) -> Result<Vec<Self>, SettingsError> {
        match self.tree {
            Tree::List(items) => Ok(items),
            Tree::Null => Err(self.unfit("a list, or `[]` for an empty one")),
            Tree::Text(_) | Tree::Map(_) => Err(self.unfit("a list")),
        }
    }

    /// The error of a value that has another form than it takes.
    pub(super) fn unfit(&self, takes: &'static str) -> SettingsError {
        let given = self.given().form();
        SettingsError::at(&self.place, Problem::Form { takes, given })
    }

    /// The value without positions.
    pub(super) fn given(&self) -> Given {
        match &self.tree {
            Tree::Null => Given::Nothing,
            Tree::Text(text) => Given::Text(text.clone()),
            Tree::List(items) => Given::List(items.iter().map(Self::given).collect()),
            Tree::Map(entries) => Given::Map(
                entries
                    .iter()
                    .map(|entry| (entry.name.clone(), entry.value.given()))
                    .collect(),
            ),
        }
    }
}

/// Reads a file of at most `limit` bytes as text. `place` is what messages call
/// it.
pub(super) fn read(path: &Path, place: &str, limit: u64) -> Result<String, SettingsError> {
    let unreadable = |source| SettingsError::Unreadable {
        place: place.to_owned(),
        source,
    };
    // Asked before opening: opening a named pipe would wait for its writer.
    if !path.metadata().map_err(unreadable)?.is_file() {
        return Err(SettingsError::at(place, Problem::NoFile));
    }
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(limit + 1).read_to_string(&mut text))
        .map_err(unreadable)?;
    if text.len() as u64 > limit {
        return Err(SettingsError::at(place, Problem::TooLarge { limit }));
    }
    Ok(text)
}

/// Parses one YAML document.
pub(super) fn parse(text: &str, place: &str) -> Result<Node, SettingsError> {
    if text.trim_start_matches('\u{feff}').trim().is_empty() {
        let place = place.to_owned();
        return Ok(Node {
            place,
            tree: Tree::Null,
        });
    }
    let document: Spanned<Scanned> = serde_saphyr::from_str_with_options(text, options())
        .map_err(|error| syntax_error(&error, place))?;
    Ok(Positions { text, place }.node(document))
}

fn syntax_error(error: &serde_saphyr::Error, place: &str) -> SettingsError {
    use serde_saphyr::budget::BudgetBreach;
    use serde_saphyr::{Error, MessageFormatter, UserMessageFormatter};

    let place = error.location().map_or_else(
        || place.to_owned(),
        |it| format!("{place}:{}:{}", it.line(), it.column()),
    );
    // What goes wrong in an alias's copy is reported inside its own error.
    let mut cause = error.without_snippet();
    while let Error::AliasError { error, .. } = cause {
        cause = error;
    }
    let problem = match cause {
        Error::DuplicateMappingKey { key: Some(key), .. } => Problem::Twice { name: key.clone() },
        Error::Budget {
            breach: BudgetBreach::Documents { .. },
            ..
        } => Problem::Yaml {
            message: "more than one document".to_owned(),
        },
        Error::Budget { .. } => Problem::Yaml {
            message: "larger or deeper than settings can be".to_owned(),
        },
        other => {
            let message = UserMessageFormatter.format_message(other);
            let message = message.lines().next().unwrap_or_default().to_owned();
            Problem::Yaml { message }
        }
    };
    SettingsError::at(place, problem)
}

fn options() -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_documents: 1,
            max_depth: 16,
            max_nodes: 20_000,
            max_events: 50_000,
            max_aliases: 100,
            max_anchors: 100,
        },
        // `nan` in a map of parameters is a text like any other.
        non_finite_float_policy: serde_saphyr::NonFiniteFloatPolicy::PassThrough,
    }
}

/// What serde sees of a value; a scalar that is not a string is read again from
/// the file's text.
enum Scanned {
    Null,
    Plain,
    Text(String),
    List(Vec<Spanned<Self>>),
    Map(Vec<(Spanned<String>, Spanned<Self>)>),
}

impl<'de> Deserialize<'de> for Scanned {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScannedVisitor)
    }
}

struct ScannedVisitor;

impl<'de> Visitor<'de> for ScannedVisitor {
    type Value = Scanned;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Scanned, E> {
        Ok(Scanned::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Scanned, E> {
        Ok(Scanned::Plain)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Scanned, E> {
        Ok(Scanned::Plain)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Scanned, E> {
        Ok(Scanned::Plain)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Scanned, E> {
        Ok(Scanned::Plain)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Scanned, E> {
        Ok(Scanned::Plain)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Scanned, E> {
        Ok(Scanned::Plain)
    }

    fn visit_str<E>(self, text: &str) -> Result<Scanned, E> {
        Ok(Scanned::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Scanned, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Scanned::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Scanned, A::Error> {
        let mut map = Vec::new();
        while let Some(member) = members.next_entry()? {
            map.push(member);
        }
        Ok(Scanned::Map(map))
    }
}

/// The text of a file and its name, to give each value its place.
struct Positions<'a> {
    text: &'a str,
    place: &'a str,
}

impl Positions<'_> {
    fn place<T>(&self, spanned: &Spanned<T>) -> String {
        let at = spanned.referenced;
        format!("{}:{}:{}", self.place, at.line(), at.column())
    }

    fn node(&self, spanned: Spanned<Scanned>) -> Node {
        let place = self.place(&spanned);
        let written = self.written(&spanned);
        let tree = match spanned.value {
            Scanned::Null => Tree::Null,
            Scanned::Plain => Tree::Text(written),
            Scanned::Text(text) => Tree::Text(text),
            Scanned::List(items) => {
                Tree::List(items.into_iter().map(|item| self.node(item)).collect())
            }
            Scanned::Map(members) => Tree::Map(
                members
                    .into_iter()
                    .map(|(name, value)| Entry {
                        place: self.place(&name),
                        name: name.value,
                        value: self.node(value),
                    })
                    .collect(),
            ),
        };
        Node { place, tree }
    }

    /// The text at a value's own definition (not at the alias that repeats it).
    fn written<T>(&self, spanned: &Spanned<T>) -> String {
        let span = spanned.defined.span();
        let range = span.byte_offset().zip(span.byte_len());
        range
            .and_then(|(start, length)| {
                let start = usize::try_from(start).ok()?;
                let length = usize::try_from(length).ok()?;
                self.text.get(start..start.checked_add(length)?)
            })
            .unwrap_or_default()
            .trim()
            .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::{Given, parse};

    #[track_caller]
    fn given(text: &str, expected: Given) {
        assert_eq!(parse(text, "f").unwrap().given(), expected, "{text}");
    }

    fn text(text: &str) -> Given {
        Given::Text(text.to_owned())
    }

    #[test]
    fn a_scalar_is_the_text_that_stands_there() {
        let one = |value: &str| Given::Map(vec![("a".to_owned(), text(value))]);
        given("a: 1.30", one("1.30"));
        given("a: 0644 # mode", one("0644"));
        given("a: yes", one("yes"));
        given("a: true", one("true"));
        given("a: '1.30'", one("1.30"));
        given("a: .nan", one(".nan"));
        given("a: 1e400", one("1e400"));
        given("\u{feff}a: -007\r\n", one("-007"));
        given("a: ü", one("ü"));
        given("{a: 1_000}", one("1_000"));
        given("a: !!int 5", one("5"));
        given("ü: &x 1.30\na: *x", {
            Given::Map(vec![
                ("ü".to_owned(), text("1.30")),
                ("a".to_owned(), text("1.30")),
            ])
        });
    }

    #[test]
    fn an_empty_file_holds_nothing() {
        given("", Given::Nothing);
        given("# only a comment\n", Given::Nothing);
        given("---\n", Given::Nothing);
    }

    #[test]
    fn keys_and_values_know_their_places() {
        let entries = parse("# c\nü: [a,\n  b]\n", "f")
            .unwrap()
            .entries()
            .unwrap();
        assert_eq!(entries[0].place, "f:2:1");
        assert_eq!(entries[0].value.place, "f:2:4");
    }

    #[track_caller]
    fn fails(text: &str, expected: &str) {
        assert_eq!(
            parse(text, "f").unwrap_err().to_string(),
            expected,
            "{text}"
        );
    }

    #[test]
    fn what_is_no_yaml_says_where() {
        fails("a: [", "f:1:4: no valid YAML: unclosed bracket '['");
        fails("a: 1\na: 2", "f:2:1: `a` is given twice");
        fails(
            "a: 1\n---\nb: 2",
            "f:2:1: no valid YAML: more than one document",
        );
        fails("a: *x", "f:1:4: no valid YAML: reference to unknown value");
        fails("a: \"b", "f:1:4: no valid YAML: unclosed quote");
        let bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b]\nd: &d [*c, *c, *c, *c, *c, *c, *c, *c]\ne: [*d, *d, *d, *d, *d, *d, *d, *d]";
        fails(
            bomb,
            "f:5:13: no valid YAML: larger or deeper than settings can be",
        );
        let deep = ["[".repeat(40), "]".repeat(40)].concat();
        fails(
            &deep,
            "f:1:17: no valid YAML: larger or deeper than settings can be",
        );
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[-:?&*!|>'\"{}\\[\\], \n\t#a1ü~<\u{feff}]{0,40}") {
            match parse(&text, "f") {
                Ok(node) => drop(node.given()),
                Err(error) => assert!(!error.to_string().contains('\n'), "{error}"),
            }
        }
    }
}
