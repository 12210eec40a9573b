//! Text of others, made fit to be shown: nothing invisible, nothing endless.
//!
//! No escaping: the markup that it goes into does that itself.

use serde_json::Value;

/// The text with every character spelled out that would be invisible, break the
/// line, or turn the direction of what stands beside it.
pub(in crate::output) fn visible(text: &str) -> String {
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
pub(super) fn shortened(text: &str, limit: usize) -> String {
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
pub(in crate::output) fn value(value: &Value, limit: usize) -> String {
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

/// As much of a text as fits into a width, in CSS pixels, at a font size. Widths
/// are those of a broad sans-serif font, so that no font runs over.
pub(super) fn fitting(text: &str, size: i32, width: i32) -> String {
    let text = visible(&shortened(text, 200));
    if self::width(&text, size) <= width {
        return text;
    }
    // In thousandths of the size.
    let room = i64::from(width) * 1000 / i64::from(size);
    let mut used = advance('…');
    let kept = text.chars().take_while(|character| {
        used += advance(*character);
        used <= room
    });
    kept.chain(['…']).collect()
}

/// How wide a text is at most, in CSS pixels.
pub(super) fn width(text: &str, size: i32) -> i32 {
    let total: i64 = text.chars().map(advance).sum();
    let pixels = (total * i64::from(size) + 999) / 1000;
    i32::try_from(pixels).unwrap_or(i32::MAX)
}

/// How far a character moves on, in thousandths of the font size.
const fn advance(character: char) -> i64 {
    match character {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' => 390,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '-' | '/' => 500,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' => 1040,
        'A'..='Z' | '+' | '=' | '<' | '>' | '~' | '#' | '_' => 840,
        ' '..='~' => 690,
        '\u{80}'..='\u{10ff}' => 860,
        _ => 1300,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{fitting, shortened, value, visible};

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

    #[test]
    fn a_text_is_cut_to_a_width() {
        assert_eq!(fitting("checkout", 13, 180), "checkout");
        assert_eq!(
            fitting("a-service-with-a-very-long-name", 13, 180),
            "a-service-with-a-ver…"
        );
        assert_eq!(fitting("漢字漢字漢字漢字漢字漢字", 13, 100), "漢字漢字漢…");
    }
}
