//! Values of the catalog as markup: text, and links where that is safe.
//!
//! They are anybody's. Invariants: a value is text or a link to `http`, `https` or
//! `mailto`, never markup; nothing invisible, nothing endless.

use maud::{Markup, html};
use serde_json::Value;

use crate::legible::{shortened, visible};

/// The most characters of a text.
const LONG: usize = 2_000;
/// The most members of a list or an object.
const MANY: usize = 50;
/// The most lists and objects inside each other that are shown as such.
const DEEP: usize = 6;

/// An identifier or a name.
pub(super) fn name(text: &str) -> Markup {
    html! { bdi { (shortened(&visible(&shortened(text, 300)), 300)) } }
}

/// A time, as the API writes it; to the second, and without the zone, which is
/// always UTC there.
pub(super) fn time(text: &str) -> Markup {
    let shown = match (text.get(..10), text.get(11..19)) {
        (Some(day), Some(time)) if text.get(10..11) == Some("T") => format!("{day} {time}"),
        _ => text.to_owned(),
    };
    html! { time datetime=(visible(text)) { (shortened(&visible(&shown), 40)) } }
}

/// The value of a property; `schema` is the blueprint's of it, or null.
pub(super) fn value(value: &Value, schema: &Value) -> Markup {
    match value {
        Value::String(text) => match colour(text, schema) {
            Some(colour) => html! { span class={"pill " (colour)} { (words(text)) } },
            None => words(text),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            nested(value, 0)
        }
    }
}

fn nested(value: &Value, depth: usize) -> Markup {
    match value {
        Value::String(text) => words(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => html! { code { (value) } },
        Value::Array(list) if list.is_empty() => html! { span class="soft" { "empty list" } },
        Value::Object(members) if members.is_empty() => {
            html! { span class="soft" { "empty object" } }
        }
        Value::Array(_) | Value::Object(_) if depth == DEEP => {
            html! { code { bdi { (crate::legible::value(value, 200)) } } }
        }
        Value::Array(list) => html! {
            ul class="values" {
                @for value in list.iter().take(MANY) { li { (nested(value, depth + 1)) } }
                (rest(list.len()))
            }
        },
        Value::Object(members) => html! {
            ul class="values" {
                @for (key, value) in members.iter().take(MANY) {
                    li { span class="soft" { (name(key)) ": " } (nested(value, depth + 1)) }
                }
                (rest(members.len()))
            }
        },
    }
}

fn rest(count: usize) -> Markup {
    html! { @if count > MANY { li class="soft" { "and " (count - MANY) " more" } } }
}

/// A text with its lines; each has its own direction.
fn words(text: &str) -> Markup {
    if text.is_empty() {
        return html! { span class="soft" { "empty text" } };
    }
    if let Some(url) = url(text) {
        return html! { a href=(url) rel="noopener noreferrer nofollow" { (name(url)) } };
    }
    let kept = shortened(text.trim_end(), LONG);
    html! {
        span class="words" {
            @for (at, line) in kept.lines().enumerate() {
                @if at > 0 { br; }
                bdi { (visible(line)) }
            }
        }
    }
}

/// The text, if it is an address that may become a link.
fn url(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once(':')?;
    let scheme = scheme.to_ascii_lowercase();
    let is_known = match scheme.as_str() {
        "http" | "https" => rest.starts_with("//"),
        "mailto" => !rest.is_empty(),
        _ => false,
    };
    let is_plain = !text.contains(char::is_whitespace) && visible(text) == text;
    (is_known && is_plain && text.len() <= LONG).then_some(text)
}

/// The colour that a blueprint gives a value of an enum.
fn colour<'s>(text: &str, schema: &'s Value) -> Option<&'s str> {
    let colour = schema["enumColors"][text].as_str()?;
    COLOURS.contains(&colour).then_some(colour)
}

/// The colours of `enumColors` that the style sheet has.
const COLOURS: &[&str] = &[
    "blue",
    "bronze",
    "brown",
    "darkGray",
    "gold",
    "green",
    "lightGray",
    "lime",
    "olive",
    "orange",
    "pink",
    "purple",
    "red",
    "silver",
    "turquoise",
    "yellow",
];

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{time, url, value};

    #[track_caller]
    fn check(it: &Value, expected: &str) {
        assert_eq!(value(it, &Value::Null).into_string(), expected);
    }

    #[test]
    fn only_addresses_of_the_web_and_of_mail_are_links() {
        for text in [
            "https://a.example/b?c#d",
            "HTTP://a.example",
            "mailto:a@b.example",
        ] {
            assert_eq!(url(text), Some(text));
        }
        for text in [
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "data:text/html,<script>alert(1)</script>",
            "vbscript:x",
            "file:///etc/passwd",
            " https://a.example",
            "https://a.example/ b",
            "https://a.example/\u{202e}b",
            "java\nscript:alert(1)",
            "//a.example",
            "http:a",
            "mailto:",
            "a",
        ] {
            assert_eq!(url(text), None, "{text}");
        }
    }

    #[test]
    fn values_are_text() {
        check(
            &json!("<img src=x onerror=alert(1)>"),
            r#"<span class="words"><bdi>&lt;img src=x onerror=alert(1)&gt;</bdi></span>"#,
        );
        check(
            &json!("a\n\"b\"\u{202e}\n"),
            r#"<span class="words"><bdi>a</bdi><br><bdi>&quot;b&quot;\u{202e}</bdi></span>"#,
        );
        check(&json!(""), r#"<span class="soft">empty text</span>"#);
        check(&json!(null), "<code>null</code>");
        check(
            &json!([1, {"<b>": true}]),
            r#"<ul class="values"><li><code>1</code></li><li><ul class="values"><li><span class="soft"><bdi>&lt;b&gt;</bdi>: </span><code>true</code></li></ul></li></ul>"#,
        );
        check(
            &json!("https://a.example/?b=\"c\""),
            r#"<a href="https://a.example/?b=&quot;c&quot;" rel="noopener noreferrer nofollow"><bdi>https://a.example/?b=&quot;c&quot;</bdi></a>"#,
        );
    }

    #[test]
    fn a_value_has_the_colour_of_its_blueprint() {
        let schema = json!({"enumColors": {"high": "red", "low": "x onclick=alert(1)"}});
        let shown = |text: &str| value(&json!(text), &schema).into_string();
        assert_eq!(
            shown("high"),
            r#"<span class="pill red"><span class="words"><bdi>high</bdi></span></span>"#
        );
        assert_eq!(shown("low"), r#"<span class="words"><bdi>low</bdi></span>"#);
    }

    #[test]
    fn a_time_is_short_and_another_text_stays() {
        assert_eq!(
            time("2026-11-27T12:45:38.123Z").into_string(),
            r#"<time datetime="2026-11-27T12:45:38.123Z">2026-11-27 12:45:38</time>"#
        );
        assert_eq!(
            time("soon").into_string(),
            r#"<time datetime="soon">soon</time>"#
        );
    }
}
