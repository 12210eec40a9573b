//! How much of a text fits into a card, without knowing the reader's font.

use crate::legible::{shortened, visible};

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
    use super::fitting;

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
