//! What `catch` is told.
//!
//! What is expected was printed by gojq v0.12.17, called as the exporter does.

use super::check;

#[test]
fn a_failure_has_gojqs_message() {
    check(&[
        ("try error catch .", r#"{"a": 1}"#, r#"{"a":1}"#),
        (r#"try error("x") catch ."#, "null", r#""x""#),
        (
            "try (1/0) catch .",
            "null",
            r#""cannot divide number (1) by: number (0)""#,
        ),
        (
            "try (1%0) catch .",
            "null",
            r#""cannot modulo number (1) by: number (0)""#,
        ),
        (
            "try (1.5/0) catch .",
            "null",
            r#""cannot divide number (1.5) by: number (0)""#,
        ),
        (
            "try ({} + 1) catch .",
            "null",
            r#""cannot add: object ({}) and number (1)""#,
        ),
        (
            "try ([] - {}) catch .",
            "null",
            r#""cannot subtract: array ([]) and object ({})""#,
        ),
        (
            r#"try ({a:1} * "x") catch ."#,
            "null",
            r#""cannot multiply: object ({\"a\":1}) and string (\"x\")""#,
        ),
        (
            "try (.[] = 1) catch .",
            "5",
            r#""cannot iterate over: number (5)""#,
        ),
        (
            "try (.a) catch .",
            "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17]",
            r#""expected an object but got: array ([1,2,3,4,5,6,7,8,9,10,11, ...])""#,
        ),
        (
            "try (.[0]) catch .",
            r#"{"abcdefghijklmnopqrstuvwxyz": "0123456789"}"#,
            r#""expected an array but got: object ({\"abcdefghijklmnopqrstuvw ...})""#,
        ),
        (
            r#"try (.["a"]) catch ."#,
            r#""0123456789012345678901234567890123456789""#,
            r#""expected an object but got: string (\"012345678901234567890123 ...\")""#,
        ),
        (
            "try (.[true]) catch .",
            "[1]",
            r#""expected a number for indexing an array but got: boolean (true)""#,
        ),
        (
            "try (.[true]) catch .",
            r#""x""#,
            r#""expected a number for indexing a string but got: boolean (true)""#,
        ),
        (
            "try (.[null]) catch .",
            "null",
            r#""expected a string for object key but got: null""#,
        ),
        (
            "try (.[{}]) catch .",
            "[1]",
            r#""expected \"start\" and \"end\" for slicing but got: object ({})""#,
        ),
        (
            r#"try ("a" * {}) catch ."#,
            "null",
            r#""cannot multiply: string (\"a\") and object ({})""#,
        ),
        (
            r#"try (-"a") catch ."#,
            "null",
            r#""cannot negate: string (\"a\")""#,
        ),
        ("try (+[]) catch .", "null", r#""cannot plus: array ([])""#),
        (
            "try keys catch .",
            "null",
            r#""keys cannot be applied to: null""#,
        ),
        (
            r#"try has("a") catch ."#,
            "[1]",
            r#""has(\"a\") cannot be applied to: array ([1])""#,
        ),
        (
            "try from_entries catch .",
            r#"[{"key": 1}]"#,
            r#""from_entries cannot be applied to [{\"key\":1}]: expected a string for object key but got: number (1)""#,
        ),
        (
            "try from_entries catch .",
            "[1]",
            r#""from_entries cannot be applied to: number (1)""#,
        ),
        (
            r#"try join(",") catch ."#,
            "[[1], 2]",
            r#""join cannot be applied to an array including: array ([1])""#,
        ),
        (
            "try join(1) catch .",
            "[1, 2]",
            r#""join(1) cannot be applied to: array ([1,2])""#,
        ),
        (
            "try flatten(-1) catch .",
            "[1]",
            r#""flatten depth should not be negative: -1""#,
        ),
        (
            "try setpath(1;2) catch .",
            "null",
            r#""setpath(1) cannot be applied to: null""#,
        ),
        (
            r#"try setpath(["a",-1];1) catch ."#,
            "null",
            r#""setpath([\"a\",-1]; 1) cannot be applied to null: array index should not be negative: -1""#,
        ),
        (
            "try setpath([-1];1) catch .",
            "[]",
            r#""setpath([-1]; 1) cannot be applied to []: array index should not be negative: -1""#,
        ),
        (
            "try setpath([[1]];1) catch .",
            "[]",
            r#""setpath([[1]]; 1) cannot be applied to []: expected a number for indexing an array but got: array ([1])""#,
        ),
        (
            "try setpath([{}];1) catch .",
            "[]",
            r#""setpath([{}]; 1) cannot be applied to []: expected \"start\" and \"end\" for slicing but got: object ({})""#,
        ),
        (
            r#"try setpath([{"start":0,"end":1}];1) catch ."#,
            "[1, 2]",
            r#""setpath([{\"end\":1,\"start\":0}]; 1) cannot be applied to [1,2]: expected an array but got: number (1)""#,
        ),
        (
            "try delpaths(1) catch .",
            "null",
            r#""delpaths(1) cannot be applied to: null""#,
        ),
        (
            "try delpaths([1]) catch .",
            "null",
            r#""delpaths([1]) cannot be applied to null: expected an array but got: number (1)""#,
        ),
        (
            r#"try delpaths([["a"]]) catch ."#,
            "[1]",
            r#""delpaths([[\"a\"]]) cannot be applied to [1]: expected an object but got: array ([1])""#,
        ),
        (
            r#"try getpath(["a","b"]) catch ."#,
            r#"{"a": 1}"#,
            r#""getpath([\"a\",\"b\"]) cannot be applied to: object ({\"a\":1})""#,
        ),
        (
            r#"try getpath(["a",0]) catch ."#,
            r#"{"a": {"b": 1}}"#,
            r#""getpath([\"a\",0]) cannot be applied to {\"a\":{\"b\":1}}: expected an array but got: object ({\"b\":1})""#,
        ),
        (
            "try getpath(1) catch .",
            "null",
            r#""getpath(1) cannot be applied to: null""#,
        ),
        (
            "try splits(1) catch .",
            r#""a""#,
            r#""split cannot be applied to: string (\"\")""#,
        ),
        (
            "try split(1) catch .",
            r#""a""#,
            r#""split cannot be applied to: string (\"\")""#,
        ),
        (
            r#"try test("(") catch ."#,
            r#""a""#,
            r#""invalid regular expression \"(\": error parsing regexp: missing closing ): `(`""#,
        ),
        (
            r#"try test("a";"x") catch ."#,
            r#""a""#,
            r#""unsupported regular expression flag: \"x\"""#,
        ),
        (
            "try test(1) catch .",
            r#""a""#,
            r#""test(1; null) cannot be applied to: string (\"a\")""#,
        ),
        (
            r#"try match("a";1) catch ."#,
            r#""a""#,
            r#""match(\"a\"; 1) cannot be applied to: string (\"\")""#,
        ),
        (
            "try fromjson catch .",
            r#""{""#,
            r#""fromjson cannot be applied to \"{\": unexpected EOF""#,
        ),
        (
            "try fromjson catch .",
            r#""1 2""#,
            r#""fromjson cannot be applied to: string (\"1 2\")""#,
        ),
        (
            "try fromjson catch .",
            r#""[1,]""#,
            r#""fromjson cannot be applied to \"[1,]\": invalid character ']' looking for beginning of value""#,
        ),
        (
            "try tonumber catch .",
            r#""abc""#,
            r#""tonumber cannot be applied to \"abc\": invalid number""#,
        ),
        (
            "try tonumber catch .",
            "[1]",
            r#""tonumber cannot be applied to: array ([1])""#,
        ),
        (
            "try implode catch .",
            r#"["a"]"#,
            r#""implode cannot be applied to: array ([\"a\"])""#,
        ),
        (
            "try ltrimstr(1) catch .",
            r#""a""#,
            r#""ltrimstr(1) cannot be applied to: string (\"a\")""#,
        ),
        (
            "try mktime catch .",
            r#"[1, "a"]"#,
            r#""mktime cannot be applied to [1,\"a\"]: expected an array of 8 numbers""#,
        ),
        (
            "try mktime catch .",
            "null",
            r#""mktime cannot be applied to: null""#,
        ),
        (
            "try strftime(1) catch .",
            "5",
            r#""strftime(1) cannot be applied to: array ([1970,0,1,0,0,5,4,0])""#,
        ),
        (
            r#"try strptime("%Y") catch ."#,
            r#""abc""#,
            r#""strptime(\"%Y\") cannot be applied to \"abc\": failed to parse \"abc\" with \"%Y\": cannot parse \"%Y\"""#,
        ),
        (
            "try strptime(1) catch .",
            r#""abc""#,
            r#""strptime(1) cannot be applied to: string (\"abc\")""#,
        ),
        (
            "try todate catch .",
            r#""x""#,
            r#""strftime(\"%Y-%m-%dT%H:%M:%SZ\") cannot be applied to: string (\"x\")""#,
        ),
        (
            "try @csv catch .",
            "[{}]",
            r#""@csv cannot format an array including: object ({})""#,
        ),
        (
            "try @csv catch .",
            "{}",
            r#""@csv cannot be applied to: object ({})""#,
        ),
        (
            "try @sh catch .",
            "[[1]]",
            r#""@sh cannot format an array including: array ([1])""#,
        ),
    ]);
}
