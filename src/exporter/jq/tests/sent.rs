//! What the exporter writes of a value.
//!
//! What is expected was written by Go's `encoding/json`, given what gojq
//! v0.12.17 had computed.

use super::super::json::Unsendable;
use super::super::{Environment, Program, Value};

#[track_caller]
fn check(query: &str, input: serde_json::Value, expected: Result<serde_json::Value, Unsendable>) {
    let program = Program::compile(query, &Environment::default()).unwrap();
    let output = program.first(&Value::from(&input)).unwrap();
    assert_eq!(output.to_json(), expected);
}

#[test]
fn what_is_left_of_null_when_something_is_deleted_in_it_is_null() {
    use serde_json::json;
    let null = || json!(null);
    check("del(.[0])", null(), Ok(null()));
    check("del(.a)", null(), Ok(null()));
    check("del(.[0]) // 1", null(), Ok(null()));
    check("del(.[0])[0:]", null(), Ok(null()));
    check("[] + del(.[0])", null(), Ok(null()));
    check("del(.[0]) + []", null(), Ok(json!([])));
    check("del(.[0]) | map(.)", null(), Ok(json!([])));
    check("[del(.a)] | add", null(), Ok(json!({})));
    check("del(.a) * {}", null(), Ok(json!({})));
    check("del(.a) | .b = 1", null(), Ok(json!({"b": 1})));
    let input = json!({"a": null, "b": [null]});
    check(
        "del(.a.x, .b[0][1:])",
        input,
        Ok(json!({"a": null, "b": [null]})),
    );
    check("del(.[0])", json!([1]), Ok(json!([])));
    check("del(.a)", json!({"a": 1}), Ok(json!({})));
}

#[test]
fn a_number_that_json_cannot_hold_is_unsendable_wherever_it_stands() {
    use serde_json::json;
    check("infinite", json!(null), Err(Unsendable));
    check("[nan]", json!(null), Err(Unsendable));
    check("{a: -infinite}", json!(null), Err(Unsendable));
    check("18446744073709551615", json!(null), Ok(json!(u64::MAX)));
    check("100000000000000000000", json!(null), Ok(json!(1e20)));
}

#[test]
fn an_integer_of_an_object_beyond_64_bits_is_a_float() {
    let json = serde_json::json!(u64::MAX);
    let program = Program::compile("tostring", &Environment::default()).unwrap();
    let printed = |input| program.first(&input).unwrap().as_str().map(str::to_owned);
    assert_eq!(
        [Value::from(&json), Value::of_object(&json)].map(printed),
        ["18446744073709551615", "18446744073709552000"].map(|text| Some(text.to_owned()))
    );
}
