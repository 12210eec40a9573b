//! The order in which things happen, and which names are known.
//!
//! What is expected was printed by gojq v0.12.17, called as the exporter does.

use super::check;

#[test]
fn functions_see_what_was_known_where_they_were_defined() {
    check(&[
        ("def f(x): x | x; [f(.[])]", "[[1, 2], [3]]", "[1,2,3]"),
        (
            "def f($a; $b): [$a,$b]; [f(1,2;3,4)]",
            "null",
            "[[1,3],[1,4],[2,3],[2,4]]",
        ),
        (
            "def f(a; $b): [a,$b]; [f(1,2;3,4)]",
            "null",
            "[[1,2,3],[1,2,4]]",
        ),
        ("def f($a): a; f(1)", "null", "1"),
        ("def f: def g: 3; g; f", "null", "3"),
        ("def f(g): def h: g; h; f(5)", "null", "5"),
        ("def f: def g: 1; g + 1; def h: f + 1; h", "null", "3"),
        (
            "def fac: if . <= 1 then 1 else . * (. - 1 | fac) end; [range(5) | fac]",
            "null",
            "[1,1,2,6,24]",
        ),
        (
            "def f(g): if . > 100 then . else (. * 2 | f(g)) end; 1 | f(.)",
            "null",
            "128",
        ),
        (
            "def f($n): if $n == 0 then [] else [$n] + f($n - 1) end; f(5)",
            "null",
            "[5,4,3,2,1]",
        ),
        (
            "def ack(m; n): if m == 0 then n + 1 elif n == 0 then ack(m - 1; 1) else ack(m - 1; ack(m; n - 1)) end; ack(1; 1)",
            "null",
            "3",
        ),
        ("def f: ; 1", "null", "does not compile"),
        ("def f(: 1; f", "null", "does not compile"),
        ("def f: 1", "null", "does not compile"),
        ("def f: 1;", "null", "does not compile"),
        ("def f(a;b): 1; f(1)", "null", "does not compile"),
    ]);
}

#[test]
fn the_right_operand_varies_slowest() {
    check(&[
        ("[(.a.b)?]", r#"{"a": 1}"#, "[]"),
        (r#""\(1,2)-\(3,4)""#, "null", r#""1-3""#),
        (
            r#"["\(1,2)-\(3,4)"]"#,
            "null",
            r#"["1-3","2-3","1-4","2-4"]"#,
        ),
        (
            r#"@json "a\(.)b""#,
            r#"{"x": "\""}"#,
            r#""a{\"x\":\"\\\"\"}b""#,
        ),
        (r#"@base64 "a\(.)b""#, r#""x""#, r#""aeA==b""#),
        (r#"@foo "a\(1)""#, "null", "fails"),
        (r#"@html "<\(.)>""#, r#""<&>""#, r#""<&lt;&amp;&gt;>""#),
        (
            r#"@sh "echo \(.)""#,
            r#"["a b", "c"]"#,
            r#""echo 'a b' 'c'""#,
        ),
        (r#"@uri "?q=\(.)""#, r#""a b""#, r#""?q=a%20b""#),
        (r#"@csv "\(.)""#, r#"[1, "a"]"#, r#""1,\"a\"""#),
        (
            r#"@text "\(.)""#,
            r#"{"b": 1, "a": 2}"#,
            r#""{\"a\":2,\"b\":1}""#,
        ),
        ("{a:1,b:2} | {a,b,c:3}", "null", r#"{"a":1,"b":2,"c":3}"#),
        (r#"{"a b":1} | {"a b"}"#, "null", r#"{"a b":1}"#),
        ("{(.a,.b):1}", r#"{"a": "x", "b": "y"}"#, r#"{"x":1}"#),
        (r#"{"x\(1)":2}"#, "null", r#"{"x1":2}"#),
        (r#"{"x\(1)"}"#, r#"{"x1": 7}"#, r#"{"x1":7}"#),
        ("{if:1, then:2, and:3} | .if, .and", "null", "1"),
        ("{a:1|2}", "null", r#"{"a":2}"#),
        ("{a:(1,2)} | .a", "null", "1"),
        ("{$__loc__}", "null", "does not compile"),
        ("{@base64:1}", "null", "does not compile"),
        ("{1:2}", "null", "does not compile"),
        ("{a:1,a:2}", "null", r#"{"a":2}"#),
        ("{(1):2}", "null", "fails"),
        ("{a: if true then 1 else 2 end}", "null", r#"{"a":1}"#),
        ("{a: -1}", "null", r#"{"a":-1}"#),
        ("{a: 1 + 2}", "null", r#"{"a":3}"#),
        ("{a: .b | .c}", r#"{"b": {"c": 3}}"#, r#"{"a":3}"#),
        ("1 // 2 // 3", "null", "1"),
        ("[null, false | . // 5]", "null", "[5,5]"),
        ("[(null, 1, 2) // 3]", "null", "[1,2]"),
        ("[(null, false) // (3, 4)]", "null", "[3,4]"),
        ("[empty // 1]", "null", "[1]"),
        ("null // empty", "null", "no output"),
        (r#"(1, null, error("x")) // 5"#, "null", "1"),
        (r#"[.[] // "d"]"#, "[null, false]", r#"["d"]"#),
        ("true and false or true", "null", "true"),
        (
            "[(true,false) and (true,false)]",
            "null",
            "[true,false,false]",
        ),
        (
            "[(true,false) or (true,false)]",
            "null",
            "[true,true,false]",
        ),
        (
            r#"gsub("(?<x>[a-z])";"<\(.x)>")"#,
            r#""a1b2""#,
            r#""<a>1<b>2""#,
        ),
        (r#"{"a":nan} | .a | isnan"#, "null", "true"),
        ("{} * {}", "null", "{}"),
        (
            "{a:{b:1,c:2}} * {a:{b:3}}",
            "null",
            r#"{"a":{"b":3,"c":2}}"#,
        ),
        ("{a:1} + {a:null}", "null", r#"{"a":null}"#),
    ]);
}

#[test]
fn what_stops_stops_at_its_label_or_handler() {
    check(&[
        (
            "try del(.a[0], .a.b) catch .",
            r#"{"a": null}"#,
            r#""delpaths([[\"a\",0],[\"a\",\"b\"]]) cannot be applied to {\"a\":null}: expected an object but got: array ([])""#,
        ),
        (
            r#"try delpaths([["a"],[]]) catch ."#,
            "5",
            r#""delpaths([[\"a\"],[]]) cannot be applied to 5: expected an object but got: number (5)""#,
        ),
        ("limit(3; range(10))", "null", "0"),
        (r#"[limit(2; .[] | ., error("x"))]"#, "[1]", "fails"),
        ("[limit(1000; repeat(1))] | length", "null", "1000"),
        ("isempty(empty), isempty(1)", "null", "true"),
        (r#"[isempty(1, error("x"))]"#, "null", "[false]"),
        (
            r#"try gsub("a"; 1) catch ."#,
            r#""aba""#,
            r#""cannot add: number (1) and string (\"\")""#,
        ),
        (
            "try has(1) catch .",
            r#"{"a": 1}"#,
            r#""has(1) cannot be applied to: object ({\"a\":1})""#,
        ),
        (
            "try fromjson catch .",
            r#""""#,
            r#""fromjson cannot be applied to \"\": EOF""#,
        ),
        (
            "try fromjson catch .",
            r#""nan""#,
            r#""fromjson cannot be applied to \"nan\": invalid character 'a' in literal null (expecting 'u')""#,
        ),
        (
            "try fromjson catch .",
            r#""tru""#,
            r#""fromjson cannot be applied to \"tru\": unexpected EOF""#,
        ),
        (
            "try localtime catch .",
            r#""a""#,
            r#""localtime cannot be applied to: string (\"a\")""#,
        ),
        ("label x | 1", "null", "does not compile"),
        ("try", "null", "does not compile"),
        ("try try 1", "null", "1"),
        (
            r#"try error("x") catch try error("y") catch ."#,
            "null",
            r#""y""#,
        ),
        (r#"try error("x") catch error("y")"#, "null", "fails"),
        ("[limit(3;.[])]", "[1, 2, 3, 4]", "[1,2,3]"),
        ("try halt catch 1", "null", "fails"),
        ("label $a | 1, break $a, 2", "null", "1"),
        (
            "[.[] | label $a | if . > 1 then break $a else . end]",
            "[1, 2, 1]",
            "[1,1]",
        ),
        (
            "[label $a | (1,2,3) | if . == 2 then break $a else . end]",
            "null",
            "[1]",
        ),
        ("try -1", "null", "-1"),
        (r#"try error("x") // 5"#, "null", "5"),
        ("first(range(10;0;-1))", "null", "10"),
        ("[first(empty)]", "null", "[]"),
        ("[limit(5; repeat(1,2))]", "null", "[1,2,1,2,1]"),
        ("[limit(0; 1,2)]", "null", "[]"),
        ("[skip(2; range(5))], [skip(0; 1,2)]", "null", "[2,3,4]"),
    ]);
}
