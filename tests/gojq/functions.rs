//! Single functions, on more inputs than programs by chance would give them.

use serde_json::{Value, json};

use crate::compare::{Verdict, check};
use crate::dice::Dice;
use crate::generate::literals;
use crate::generate::tables::literals as literals_of;
use crate::peer::Gojq;

/// Inputs of each function.
const INPUTS: usize = 2_000;

/// Checks a program on inputs by chance; of them at most a share of a hundred
/// may be unsupported.
#[track_caller]
fn check_function(query: &str, most_unsupported: usize, input: impl Fn(&mut Dice) -> Value) {
    let mut dice = Dice::new(7);
    let inputs: Vec<_> = (0..INPUTS).map(|_| input(&mut dice)).collect();
    let verdicts = check(&mut Gojq::start(), query, &inputs);
    let mut unsupported = 0;
    for (verdict, input) in verdicts.into_iter().zip(&inputs) {
        match verdict {
            Verdict::Same(_) => {}
            Verdict::Unsupported(_) | Verdict::Skipped(_) => unsupported += 1,
            Verdict::Wrong { gojq, ours } => {
                panic!("program: {query}\ninput:   {input}\ngojq:    {gojq}\nours:    {ours}")
            }
        }
    }
    let most = INPUTS * most_unsupported / 100;
    assert!(unsupported <= most, "{query}: {unsupported} unsupported");
}

/// A float of any size, or a plain one.
fn float(dice: &mut Dice) -> f64 {
    let bits = (dice.below(1 << 32) as u64) << 32 | dice.below(1 << 32) as u64;
    let any = f64::from_bits(bits);
    let part = dice.below(1 << 32) as f64 / (1_u64 << 32) as f64;
    match dice.below(6) {
        0 if any.is_finite() => any,
        1 => part * 2.0 - 1.0,
        2 => (part - 0.5) * 1400.0,
        3 => dice.below(2000) as f64 / 8.0 - 100.0,
        4 => (part - 0.5) * 1e9,
        _ => part * 20.0 - 10.0,
    }
}

#[test]
fn mathematics_gives_the_same_bits() {
    let more = ["acos", "sinh", "cosh", "asinh", "acosh", "atanh"];
    for name in literals_of('m').into_iter().chain(more) {
        check_function(name, 0, |dice| json!(float(dice)));
    }
    for name in literals_of('M') {
        let query = format!(". as [$x, $y] | {name}($x; $y)");
        check_function(&query, 0, |dice| json!([float(dice), float(dice)]));
        check_function(&query, 0, |dice| {
            json!([float(dice), dice.below(40) as i64 - 20])
        });
    }
    check_function("fma(.[0]; .[1]; .[2])", 0, |dice| {
        json!([float(dice), float(dice), float(dice)])
    });
}

#[test]
fn numbers_are_read_computed_and_written_alike() {
    check_function("., tojson", 0, |dice| json!(float(dice)));
    let arithmetic = "[.[0] as $x | .[1] as $y | ($x + $y, $x - $y, $x * $y, ($x / $y)?, ($x % $y)?, ($x < $y), ($x == $y), -$x) | tostring]";
    let integer = |dice: &mut Dice| {
        let bits = (dice.below(1 << 32) as u64) << 32 | dice.below(1 << 32) as u64;
        json!(bits as i64 >> dice.below(64))
    };
    check_function(arithmetic, 0, |dice| json!([integer(dice), integer(dice)]));
    check_function(arithmetic, 0, |dice| json!([float(dice), integer(dice)]));
    let product = format!("[.[0] * .[1], .[2]] | {arithmetic}");
    check_function(&product, 0, |dice| {
        json!([integer(dice), integer(dice), integer(dice)])
    });
    check_function("try tonumber catch .", 0, |dice| {
        let signs = ["0", "1", "9", "5", ".", "e", "E", "-", "+", "x", " ", "_"];
        json!(
            (0..1 + dice.below(6))
                .map(|_| dice.pick(&signs))
                .collect::<String>()
        )
    });
}

#[test]
fn json_texts_are_read_alike() {
    let signs = [
        "{", "}", "[", "]", ":", ",", "\"", "\"a\"", "1", "-", "0", ".5", "e1", "tru", "true",
        "null", "nul", " ", "\\n", "\\ud83d", "\\ude00", "é", "'", "\n", "\"b\":1",
    ];
    check_function("try fromjson catch .", 0, |dice| {
        json!(
            (0..1 + dice.below(7))
                .map(|_| dice.pick(&signs))
                .collect::<String>()
        )
    });
}

/// A text in which the patterns of `literals` may match.
fn subject(dice: &mut Dice) -> String {
    let parts = [
        "a", "b", "ab", "X", "foo", " ", "-", "é", "É", "1", "\n", "日", "_", "o", "A", "k", "K",
        "ſ",
    ];
    (0..dice.below(9)).map(|_| dice.pick(&parts)).collect()
}

/// A pattern as a text, without the escapes of a literal.
fn pattern(dice: &mut Dice) -> String {
    literals::pattern(dice).replace("\\\\", "\\")
}

#[test]
fn regular_expressions_match_alike() {
    for query in [
        "[match(.re; .flags)]",
        "[match(.re; \"g\")] | length",
        "split(.re; .flags)",
        "gsub(.re; \"<\\(.k // \"\")>\")",
        "try test(.re; .flags) catch .",
    ] {
        let query = format!(
            ". as $in | .text | {}",
            query
                .replace(".re", "$in.re")
                .replace(".flags", "$in.flags")
        );
        check_function(&query, 3, |dice| {
            let flags = dice.pick(&["", "g", "i", "gi", "m", "gm", "gx"]);
            json!({"text": subject(dice), "re": pattern(dice), "flags": flags})
        });
    }
}

#[test]
fn times_are_read_and_written_alike() {
    let seconds = |dice: &mut Dice| match dice.below(4) {
        0 => json!(float(dice)),
        1 => json!(dice.below(1 << 33) as i64 - (1 << 32)),
        _ => json!(dice.below(1 << 31) as f64 + dice.below(1000) as f64 / 1000.0),
    };
    check_function("gmtime, todate", 20, seconds);
    check_function("gmtime | mktime", 20, seconds);
    check_function("mktime", 0, |dice| {
        let year = json!(1950 + dice.below(100));
        let rest = (0..dice.below(8)).map(|_| json!(dice.below(70) as i64 - 5));
        std::iter::once(year)
            .chain(rest.collect::<Vec<_>>())
            .collect()
    });
    let directives = "aAbBcCdDeFfgGhHIjklmMnpPrRsStTuUvVwWxXyYzZ%+Q";
    let styles = [
        "", "", "", "-", "_", "0", "^", "#", "5", "-3", "_4", "012", "^10", ":",
    ];
    let format = |dice: &mut Dice, style: &[&str]| {
        let mut text = String::new();
        for _ in 0..1 + dice.below(4) {
            let letter = dice.below(directives.len());
            text.push_str(dice.pick(&["", " ", "-", "T"]));
            text.push('%');
            text.push_str(dice.pick(style));
            text.push_str(&directives[letter..=letter]);
        }
        text
    };
    check_function(". as [$t, $f] | $t | strftime($f)", 12, |dice| {
        json!([dice.below(1 << 32), format(dice, &styles)])
    });
    // What was written by a format is read by it, with a character changed once in a while.
    check_function(
        ". as [$t, $f, $at, $c] | $t | strftime($f) | .[:$at] + $c + .[$at + ($c | length):] | try strptime($f) catch .",
        12,
        |dice| {
            let change = dice.pick(&["", "", "", "1", "Z", "+", " ", "x"]);
            json!([
                dice.below(1 << 32),
                format(dice, &[""]),
                dice.below(9),
                change
            ])
        },
    );
}

#[test]
fn formats_are_written_and_read_alike() {
    let text = |dice: &mut Dice| {
        let parts = [
            "a", "B", "%", "%4", "%41", "%c3%a9", "+", "=", "/", "YWI", "w6k", "\n", "\r", "é",
            "'", "\"", "<", "&", "\t", "\\", "\u{0}", "\u{7f}", "~", " ",
        ];
        (0..dice.below(7))
            .map(|_| dice.pick(&parts))
            .collect::<String>()
    };
    for format in ["@html", "@uri", "@sh", "@base64", "@json", "@text"] {
        check_function(format, 0, |dice| json!(text(dice)));
    }
    for format in ["@urid", "@base64d"] {
        check_function(&format!("try {format} catch ."), 60, |dice| {
            json!(text(dice))
        });
    }
    for format in ["@csv", "@tsv", "@sh"] {
        check_function(format, 0, |dice| {
            json!([text(dice), float(dice), null, dice.once_in(2), text(dice)])
        });
    }
}
