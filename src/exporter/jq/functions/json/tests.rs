//! JSON text, as Go reads and gojq writes it.

use super::{Json, JsonError, parse, quoted};

#[track_caller]
fn check_string(text: &str, expected: &str) {
    assert_eq!(parse(text), Ok(Json::String(expected.to_owned())));
}

#[test]
fn strings_are_unescaped_and_lone_surrogates_replaced() {
    check_string(r#" "a\n\u00e9\/" "#, "a\né/");
    check_string(r#""\ud83d\ude00""#, "😀");
    check_string(r#""\ud83d\ud83d\ude00x""#, "\u{fffd}😀x");
    check_string(r#""\udc00\ud800""#, "\u{fffd}\u{fffd}");
}

#[track_caller]
fn check_error(text: &str, expected: &str) {
    assert_eq!(parse(text), Err(JsonError::Syntax(expected.to_owned())));
}

#[test]
fn a_refusal_has_the_words_of_go() {
    check_error("", "EOF");
    check_error("[1,", "unexpected EOF");
    check_error(
        "nan",
        "invalid character 'a' in literal null (expecting 'u')",
    );
    check_error("[1 2]", "invalid character '2' after array element");
    check_error("[01]", "invalid character '1' after array element");
    check_error(
        "{a:1}",
        "invalid character 'a' looking for beginning of object key string",
    );
    check_error(
        "'a'",
        "invalid character '\\'' looking for beginning of value",
    );
    check_error("é", "invalid character 'Ã' looking for beginning of value");
    check_error("\"\n\"", "invalid character '\\n' in string literal");
    check_error("-x", "invalid character 'x' in numeric literal");
}

#[test]
fn what_follows_a_value_is_told_apart() {
    assert_eq!(parse("1 2"), Err(JsonError::Trailing));
    assert_eq!(parse("01"), Err(JsonError::Trailing));
}

#[test]
fn strings_are_written_with_the_escapes_of_gojq() {
    let mut out = String::new();
    quoted("a\"\\/<\u{1}\u{7f}é\u{2028}", &mut out);
    assert_eq!(out, "\"a\\\"\\\\/<\\u0001\\u007fé\u{2028}\"");
}
