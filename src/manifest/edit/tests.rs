//! One document, one edit, the whole result.

use super::{Annotations, annotate, apply};
use crate::manifest::{Notation, ObjectPath, Parsed};

fn edit(text: &str, path: ObjectPath, pairs: &[(&str, &str)]) -> Result<String, String> {
    let annotations: Annotations = pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect();
    let document = Parsed::read(text.as_bytes(), Notation::Yaml).unwrap();
    annotate(&document, &[(path, annotations)])
        .map(|splices| apply(text, &splices))
        .map_err(|refusal| refusal.to_string())
}

#[track_caller]
fn check(text: &str, pairs: &[(&str, &str)], expected: Result<&str, &str>) {
    let actual = edit(text, ObjectPath::Document, pairs);
    assert_eq!(actual.as_deref().map_err(String::as_str), expected);
}

#[test]
fn new_annotations_stand_in_front() {
    check(
        "metadata:\n  name: x # kept\n",
        &[("a", "1"), ("b", "2")],
        Ok("metadata:\n  annotations:\n    \"a\": \"1\"\n    \"b\": \"2\"\n  name: x # kept\n"),
    );
    check(
        "metadata: {name: x}",
        &[("a", "1"), ("b", "2")],
        Ok("metadata: {\"annotations\": {\"a\": \"1\", \"b\": \"2\"}, name: x}"),
    );
}

#[test]
fn a_value_that_is_there_needs_no_edit() {
    let text = "metadata:\n  annotations:\n    a: x\n    b: '1'\n";
    check(text, &[("a", "x"), ("b", "1")], Ok(text));
}

#[test]
fn only_the_old_value_goes() {
    check(
        "metadata:\n  annotations:\n    a: |+ # c\n      old\n\n\n    b: 1\n",
        &[("a", "new")],
        Ok("metadata:\n  annotations:\n    a: \"new\"\n\n\n    b: 1\n"),
    );
    check(
        "metadata:\n  annotations:\n    a: !!str 1 # c\n    b:\n",
        &[("a", "1"), ("b", "2")],
        Ok("metadata:\n  annotations:\n    a: !!str 1 # c\n    b: \"2\"\n"),
    );
    check(
        "metadata:\n  annotations:\n    a: 1\n",
        &[("a", "1")],
        Ok("metadata:\n  annotations:\n    a: \"1\"\n"),
    );
}

#[test]
fn an_item_of_a_list_is_edited_where_it_stands() {
    let text = "kind: List\nitems:\n- metadata:\n    name: a\n- metadata:\n    name: b\n";
    assert_eq!(
        edit(text, ObjectPath::Item(1), &[("k", "v")]),
        Ok("kind: List\nitems:\n- metadata:\n    name: a\n- metadata:\n    annotations:\n      \"k\": \"v\"\n    name: b\n".to_owned())
    );
}

#[test]
fn what_is_not_safe_is_refused_with_the_reason() {
    check(
        "metadata: {annotations: {a: b}, annotations: {c: d}}",
        &[("k", "v")],
        Err("it has `metadata.annotations` twice"),
    );
    check("kind: Entity\n", &[("k", "v")], Err("it has no `metadata`"));
    check(
        "a: &m {name: x}\nmetadata: *m\n",
        &[("k", "v")],
        Err("its `metadata` is an alias"),
    );
    check(
        "metadata: &m {name: x}\na: *m\n",
        &[("k", "v")],
        Err("an anchor shares it with another place"),
    );
}
