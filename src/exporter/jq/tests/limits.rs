//! What has no end, or none that we wait for.

use super::check;

#[test]
fn what_has_no_end_is_refused_by_name() {
    let deep = "unsupported: recursion deeper than 20000";
    let long = "unsupported: more than 20000000 steps";
    check(&[
        ("def f: f; f", "null", deep),
        ("def f: 1 + f; f", "null", deep),
        ("[recurse(.)]", "null", deep),
        ("[range(infinite)]", "null", long),
        (r#"reduce range(40) as $i ("x"; . + .)"#, "null", long),
        ("last(range(100000))", "null", "99999"),
        (
            "reduce range(100000) as $i (null; [.]) | length",
            "null",
            "1",
        ),
        ("[limit(1000; repeat(1))] | length", "null", "1000"),
    ]);
}

#[test]
fn what_only_the_exporter_knows_is_refused_by_name() {
    check(&[
        ("now", "null", "unsupported: now"),
        ("localtime", "0", "unsupported: localtime"),
        (r#"strflocaltime("%Y")"#, "0", "unsupported: strflocaltime"),
        ("lgamma", "1", "unsupported: lgamma"),
        (
            "label $a | (label $b | .) + 1",
            "1",
            "unsupported: a label with nothing behind it as an operand, at which gojq panics",
        ),
        (
            "map(. as [$a] ?// $b | $b)",
            "[[1]]",
            "unsupported: a variable of `?//` that the pattern taken does not bind",
        ),
    ]);
}

#[test]
fn nesting_ends_where_we_no_longer_follow() {
    let deep = format!("{}1{}", "[".repeat(300), "]".repeat(300));
    let long = vec!["1"; 1500].join("+");
    check(&[
        (
            &deep,
            "null",
            "unsupported: an expression nested deeper than 200",
        ),
        (
            &long,
            "null",
            "unsupported: more than 1000 operators in a row",
        ),
    ]);
}
