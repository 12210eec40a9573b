//! What is bound, and for how long.
//!
//! What is expected was printed by gojq v0.12.17, called as the exporter does.

use super::check;

#[test]
fn folds_keep_the_last_state() {
    check(&[
        ("def f: reduce .[] as $x (0; . + $x); f", "[1, 2, 3]", "6"),
        (
            "[reduce .[] as [$a,$b] (0; . + $a * $b)]",
            "[[1, 2], [3, 4]]",
            "[14]",
        ),
        (
            "[foreach .[] as $x (0; . + $x, . * 2)]",
            "[1, 2, 3]",
            "[1,0,2,0,3,0]",
        ),
        ("[foreach .[] as $x (0; empty; .)]", "[1, 2, 3]", "[]"),
        (
            "[foreach (1,2) as $x ((10,20); . + $x)]",
            "null",
            "[11,13,21,23]",
        ),
        ("[reduce (1,2) as $x ((10,20); . + $x)]", "null", "[13,23]"),
        ("reduce range(3) as $x (0; empty)", "null", "0"),
        ("{a:reduce .[] as $x (0;.+$x)}", "[1, 2]", r#"{"a":3}"#),
        (
            "reduce range(100000) as $x (0; . + $x)",
            "null",
            "4999950000",
        ),
        (
            "[foreach range(5) as $x (0; . + $x; select(. % 2 == 0))]",
            "null",
            "[0,6,10]",
        ),
        (
            "reduce (.a, .b) as $x (0; . + $x)",
            r#"{"a": 1, "b": 2}"#,
            "3",
        ),
        ("reduce . as $x (0)", "null", "does not compile"),
        ("foreach . as $x (0; 1; 2; 3)", "null", "does not compile"),
    ]);
}

#[test]
fn patterns_take_values_apart_until_one_fits() {
    check(&[
        (
            "[.[] as {a:$x, b:[$y,$z]} | $x,$y,$z]",
            r#"[{"a": 1, "b": [2, 3]}]"#,
            "[1,2,3]",
        ),
        (
            ". as {$a, b: {$c}} | [$a,$c]",
            r#"{"a": 1, "b": {"c": 2}}"#,
            "[1,2]",
        ),
        (r#". as {"a": $x} | $x"#, r#"{"a": 1}"#, "1"),
        (r#". as {("a","b"): $x} | $x"#, r#"{"a": 1, "b": 2}"#, "1"),
        (
            r#"[. as {("a","b"): $x} | $x]"#,
            r#"{"a": 1, "b": 2}"#,
            "[1,2]",
        ),
        (". as {$a: [$b]} | [$a,$b]", r#"{"a": [7]}"#, "[[7],7]"),
        (r#". as {"x\(1)": $a} | $a"#, r#"{"x1": 5}"#, "5"),
        (". as [$a, [$b]] | [$a,$b]", "[1]", "[1,null]"),
        (". as [$a] | $a", r#"{"a": 1}"#, "fails"),
        (". as {a: $a} | $a", "[1]", "fails"),
        (
            "[.[] as [$a] ?// {a:$a} ?// $a | $a]",
            r#"[[1], {"a": 2}, 3]"#,
            "[1,2,3]",
        ),
        (
            "[.[] | . as {a:$a} ?// [$a] | [$a]]",
            r#"[[1], {"a": 2}]"#,
            "[[1],[2]]",
        ),
        (
            r#". as [$a] ?// $a | if ($a|type)=="number" then error("x") else [$a] end"#,
            "[3]",
            "[[3]]",
        ),
        (
            r#"[[3]] | [.[] as [$a] ?// $a | if ($a|type)=="number" then error("x") else $a end]"#,
            "null",
            "[[3]]",
        ),
        (
            "[.[] as [$a] ?// $b | [$a,$b]]",
            "[[1], 5, [2]]",
            "[[1,null],[null,5],[2,5]]",
        ),
        (
            "try (.[] as [$a] ?// $a | error($a)) catch .",
            "[[3]]",
            "[3]",
        ),
        ("{a:1} as $x | {$x}", "null", r#"{"x":{"a":1}}"#),
        (r#""x" as $x | {$x:1}"#, "null", r#"{"x":1}"#),
        ("{a: 1 as $x | 2}", "null", "does not compile"),
        ("-1 as $x | $x", "null", "-1"),
        ("1 + . as $x | $x", "5", "does not compile"),
        ("1 as $x | 2 as $y | [$x,$y]", "null", "[1,2]"),
        ("[1,2 as $x | $x, 3]", "null", "[1,2,3]"),
        ("1 as $x | [$x, $x + 1]", "null", "[1,2]"),
        ("[.[] as [$a] ?// $a | $a]", "[[1], 2]", "[1,2]"),
        (".a as $x | .b as $y | $x + $y", r#"{"a": 1, "b": 2}"#, "3"),
        (". as [$a, {b: $c}] | [$a, $c]", r#"[1, {"b": 2}]"#, "[1,2]"),
        (". as {a: [$x, $y]} | $x - $y", r#"{"a": [5, 3]}"#, "2"),
        (".[] as {a: $x} | $x", r#"[{"a": 1}]"#, "1"),
        (". as $dot | [1,2] | map(. + $dot)", "10", "[11,12]"),
        (
            "{a: 1} | .a as $v | {$v, w: $v}",
            "null",
            r#"{"v":1,"w":1}"#,
        ),
        (". as x | 1", "null", "does not compile"),
        (". as [] | 1", "null", "does not compile"),
        (". as {} | 1", "null", "does not compile"),
        (". as {a} | 1", "null", "does not compile"),
    ]);
}
