//! Inputs by chance: objects as the exporter has them, and anything else.

use serde_json::{Map, Value, json};

use crate::dice::Dice;

const TEXTS: [&str; 22] = [
    "",
    "a",
    "b",
    "ab",
    "abc",
    "a,b,c",
    "a-b_c",
    "web-1",
    "x y  z",
    " trim ",
    "Äé",
    "日本語",
    "😀x",
    "aXbX",
    "12",
    "-1.5",
    "2015-03-05T23:51:47Z",
    "<a href='b'>&\"",
    "line\nbreak\ttab",
    "YWJj",
    "[1,{\"a\":2}]",
    "foo bar foo",
];

const KEYS: [&str; 9] = ["a", "b", "c", "d", "name", "value", "key", "x", "é"];

pub(crate) fn input(dice: &mut Dice) -> Value {
    match dice.below(16) {
        0 => scalar(dice),
        1 => value(dice, 3),
        _ => object(dice),
    }
}

/// An object with the members that the programs ask for, not all of them of the
/// kind that they hope for.
fn object(dice: &mut Dice) -> Value {
    let mut members = json!({
        "a": number(dice),
        "b": dice.pick(&TEXTS),
        "c": list(dice),
        "d": map(dice, 2),
        "t": dice.once_in(2),
        "list": named(dice),
        "metadata": {
            "name": dice.pick(&TEXTS),
            "namespace": "shop",
            "labels": {"app": dice.pick(&TEXTS), "team": "core"},
            "creationTimestamp": "2015-03-05T23:51:47Z",
        },
        "spec": {"replicas": dice.below(5), "n": null, "ports": [80, 443]},
    });
    for key in KEYS {
        if dice.once_in(12) {
            members[key] = value(dice, 1);
        }
    }
    members
}

fn named(dice: &mut Dice) -> Value {
    let element = |dice: &mut Dice| json!({"name": dice.pick(&TEXTS), "value": number(dice), "v": dice.below(4)});
    (0..dice.below(4)).map(|_| element(dice)).collect()
}

fn list(dice: &mut Dice) -> Value {
    match dice.below(5) {
        0 => (0..dice.below(5)).map(|_| number(dice)).collect(),
        1 => (0..dice.below(5))
            .map(|_| Value::from(dice.pick(&TEXTS)))
            .collect(),
        2 => (0..dice.below(4))
            .map(|_| json!([number(dice), scalar(dice)]))
            .collect(),
        _ => (0..dice.below(5)).map(|_| value(dice, 1)).collect(),
    }
}

fn map(dice: &mut Dice, depth: usize) -> Value {
    let member = |dice: &mut Dice| (dice.pick(&KEYS).to_owned(), value(dice, depth - 1));
    Value::Object(
        (0..dice.below(4))
            .map(|_| member(dice))
            .collect::<Map<_, _>>(),
    )
}

fn value(dice: &mut Dice, depth: usize) -> Value {
    if depth == 0 {
        return scalar(dice);
    }
    match dice.below(4) {
        0 => (0..dice.below(4)).map(|_| value(dice, depth - 1)).collect(),
        1 => map(dice, depth),
        _ => scalar(dice),
    }
}

fn scalar(dice: &mut Dice) -> Value {
    match dice.below(6) {
        0 => Value::Null,
        1 => Value::from(dice.once_in(2)),
        2 | 3 => number(dice),
        _ => Value::from(dice.pick(&TEXTS)),
    }
}

fn number(dice: &mut Dice) -> Value {
    const INTEGERS: [i64; 14] = [
        0,
        1,
        2,
        3,
        5,
        10,
        42,
        -1,
        -7,
        100,
        1_425_599_621,
        9_007_199_254_740_993,
        i64::MAX,
        i64::MIN,
    ];
    const FLOATS: [f64; 12] = [
        0.5,
        1.0,
        -1.5,
        3.7,
        2.25,
        0.1,
        1e17,
        1e21,
        1e-7,
        1.5e300,
        1_425_599_621.678,
        -0.001,
    ];
    match dice.below(3) {
        0 => Value::from(FLOATS[dice.below(FLOATS.len())]),
        1 => Value::from(dice.below(1000) as f64 / 8.0 - 20.0),
        _ => Value::from(INTEGERS[dice.below(INTEGERS.len())]),
    }
}
