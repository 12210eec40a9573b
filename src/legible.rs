//! Text of others, made fit to be shown: nothing invisible, nothing endless.
//!
//! No escaping: the markup that it goes into does that itself.

use serde_json::Value;

/// The text with every character spelled out that would be invisible, break the
/// line, or turn the direction of what stands beside it.
pub(crate) fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => visible.push_str("\\n"),
            '\t' => visible.push_str("\\t"),
            _ if is_hidden(character) => {
                visible.push_str(&format!("\\u{{{:x}}}", u32::from(character)));
            }
            _ => visible.push(character),
        }
    }
    visible
}

/// Controls, and the format characters that hide, join lines or turn directions.
/// The joiners U+200C and U+200D stay: scripts and emoji need them.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// At most so many characters, the last one an ellipsis where some are left out.
pub(crate) fn shortened(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text.to_owned(),
        Some(_) => {
            let kept = text.chars().take(limit.saturating_sub(1));
            kept.chain(['…']).collect()
        }
    }
}

/// A value on one line, visible, and at most so long. A text stands bare unless
/// it would read as something else.
pub(crate) fn value(value: &Value, limit: usize) -> String {
    let text = match value {
        Value::String(text) if reads_as_text(text) => text.clone(),
        Value::String(_)
        | Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Array(_)
        | Value::Object(_) => value.to_string(),
    };
    // Twice the limit holds it in any case: what is longer need not be spelled.
    shortened(&visible(&shortened(&text, limit * 2)), limit)
}

fn reads_as_text(text: &str) -> bool {
    text.trim() == text && !text.is_empty() && serde_json::from_str::<Value>(text).is_err()
}

/// A number with its word: `1 entity`, `2 entities`.
pub(crate) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{shortened, value, visible};

    #[test]
    fn hidden_characters_are_spelled_out() {
        assert_eq!(
            visible("a\u{202e}b\nc\u{0}\u{200b}"),
            "a\\u{202e}b\\nc\\u{0}\\u{200b}"
        );
        assert_eq!(visible("שלום 👩‍💻 grün"), "שלום 👩‍💻 grün");
    }

    #[test]
    fn long_texts_end_in_an_ellipsis() {
        assert_eq!(shortened("äöü", 3), "äöü");
        assert_eq!(shortened("äöüß", 3), "äö…");
        assert_eq!(shortened("abc", 0), "…");
    }

    #[test]
    fn a_text_is_quoted_only_where_it_reads_as_something_else() {
        let shown = |it| value(&it, 20);
        assert_eq!(shown(json!("payments")), "payments");
        assert_eq!(shown(json!("1")), "\"1\"");
        assert_eq!(shown(json!("")), "\"\"");
        assert_eq!(shown(json!(" a")), "\" a\"");
        assert_eq!(shown(json!("null")), "\"null\"");
        assert_eq!(shown(json!(1)), "1");
        assert_eq!(shown(json!(["a", 1])), "[\"a\",1]");
        assert_eq!(shown(json!("a".repeat(50))), format!("{}…", "a".repeat(19)));
    }
}
