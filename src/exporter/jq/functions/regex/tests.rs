//! Patterns, as Go's regexp has them.

use super::{Failure, Regex};

/// The strings of all matches, each with those of its groups.
fn strings(pattern: &str, flags: &str, text: &str) -> Result<Vec<Vec<Option<String>>>, Failure> {
    let matches = Regex::compile(pattern, flags)?.matches(text)?;
    Ok(matches
        .into_iter()
        .map(|found| {
            let groups = found.captures.into_iter().map(|capture| capture.string);
            std::iter::once(Some(found.string)).chain(groups).collect()
        })
        .collect())
}

#[track_caller]
fn check(pattern: &str, text: &str, expected: &[&[&str]]) {
    let expected = expected
        .iter()
        .map(|found| found.iter().map(|part| Some((*part).to_owned())).collect())
        .collect();
    assert_eq!(strings(pattern, "g", text), Ok(expected), "{pattern}");
}

#[test]
fn classes_are_those_of_go() {
    check(r"\d+", "٣12", &[&["12"]]);
    check(r"\s", "\u{b}\u{85} ", &[&[" "]]);
    check(r"[[:space:]]", "\u{b}", &[&["\u{b}"]]);
    check(r"\bé", "é é", &[]);
    check(r"[a&&b]+", "a&b", &[&["a&b"]]);
    check(r"[a[b]]", "[]", &[&["[]"]]);
    check(r"[]a-]+", "]a-", &[&["]a-"]]);
    check(r"(?i)\w+", "ſK", &[&["ſK"]]);
    check(r"[^\D]+", "a1", &[&["1"]]);
}

#[test]
fn what_only_looks_like_a_repetition_stands_for_itself() {
    check(r"a{,2}", "a{,2}", &[&["a{,2}"]]);
    check(r"a{", "a{", &[&["a{"]]);
    check(r"a{01}", "a{01}", &[&["a{01}"]]);
    check(r"\Qa.*\E+", "a.**", &[&["a.**"]]);
}

#[test]
fn empty_matches_behind_a_match_are_left_out() {
    check("a*", "baac", &[&[""], &["aa"], &[""]]);
    check("", "ab", &[&[""], &[""], &[""]]);
}

#[test]
fn groups_have_names_and_may_take_no_part() {
    let regex = Regex::compile(r"(?<x>é)|(y)", "").expect("a valid pattern");
    let found = regex.matches("aé").expect("a known text").remove(0);
    assert_eq!((found.offset, found.length), (1, 1));
    let groups: Vec<_> = found
        .captures
        .into_iter()
        .map(|group| (group.name, group.offset, group.length, group.string))
        .collect();
    assert_eq!(
        groups,
        [
            (Some("x".to_owned()), 1, 1, Some("é".to_owned())),
            (None, -1, 0, None)
        ]
    );
}

#[track_caller]
fn check_split(pattern: &str, text: &str, expected: &[&str]) {
    let parts = Regex::compile(pattern, "").and_then(|regex| regex.split(text));
    assert_eq!(
        parts,
        Ok(expected.iter().map(|part| (*part).to_owned()).collect())
    );
}

#[test]
fn a_text_is_split_as_go_does() {
    check_split(", *", "a, b,c", &["a", "b", "c"]);
    check_split("", "abc", &["a", "b", "c"]);
    check_split("x*", "axb", &["a", "b"]);
    check_split("a", "", &[""]);
    check_split("", "", &[]);
}

#[track_caller]
fn check_error(pattern: &str, flags: &str, expected: &str) {
    let error = Regex::compile(pattern, flags).map(|_| ());
    assert_eq!(error, Err(Failure::Failed(expected.to_owned())));
}

#[test]
fn a_refusal_has_the_words_of_gojq() {
    check_error("a", "gx", "unsupported regular expression flag: \"gx\"");
    for (pattern, code, part) in [
        ("(", "missing closing )", "("),
        ("a)", "unexpected )", "a)"),
        ("[a", "missing closing ]", "[a"),
        ("*", "missing argument to repetition operator", "*"),
        ("a**", "invalid nested repetition operator", "**"),
        ("a{2}{3}", "invalid nested repetition operator", "{2}{3}"),
        ("a{1001}", "invalid repeat count", "{1001}"),
        ("(a{100}){11}", "invalid repeat count", "{11}"),
        ("a{2,1}", "invalid repeat count", "{2,1}"),
        (r"\Z", "invalid escape sequence", r"\\Z"),
        (r"\1", "invalid escape sequence", r"\\1"),
        ("(?=a)", "invalid or unsupported Perl syntax", "(?="),
        ("(?<=a)", "invalid named capture", "(?P<=a)"),
        ("(?x)a", "invalid or unsupported Perl syntax", "(?x"),
        ("[b-a]", "invalid character class range", "b-a"),
        ("[[:foo:]]", "invalid character class range", "[:foo:]"),
    ] {
        let shown = pattern.replace("(?<", "(?P<").replace('\\', "\\\\");
        let part = part.replace("\\\\", "\\");
        let expected = format!(
            "invalid regular expression \"{shown}\": error parsing regexp: {code}: `{part}`"
        );
        check_error(pattern, "", &expected);
    }
}

#[test]
fn what_hangs_on_newer_unicode_is_refused() {
    let unsupported =
        |result: Result<bool, Failure>| matches!(result, Err(Failure::Unsupported(_)));
    let letters = Regex::compile(r"\p{Lu}", "").expect("a valid pattern");
    assert_eq!(letters.test("É"), Ok(true));
    assert!(unsupported(letters.test("\u{a7cb}")));
    assert!(unsupported(letters.test("\u{390}")));
    let greek = Regex::compile(r"\p{Greek}", "").and_then(|regex| regex.test(""));
    assert!(unsupported(greek));
    let behind = Regex::compile("a(?i)*", "").and_then(|regex| regex.test(""));
    assert!(unsupported(behind));
}
