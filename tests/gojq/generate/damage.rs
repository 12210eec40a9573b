//! Programs that are nearly programs, and programs with other blanks.

use crate::dice::Dice;

/// What is put in: all that the grammar knows how to place.
const SIGNS: [&str; 32] = [
    "(", ")", "[", "]", "{", "}", "|", ",", ";", ":", ".", "..", "?", "//", "?//", "\"", "\\(",
    "$", "@", "#", "=", "|=", "and", "or", "not", "as", "end", "then", "-", "1", "::", "%",
];

/// The text without one character, with a sign more, or with two exchanged.
pub(super) fn damaged(dice: &mut Dice, text: &str) -> String {
    let mut chars: Vec<String> = text.chars().map(String::from).collect();
    let at = dice.below(chars.len());
    match dice.below(4) {
        0 => {
            chars.remove(at);
        }
        1 => chars.insert(at, dice.pick(&SIGNS).to_owned()),
        2 => chars[at] = dice.pick(&SIGNS).to_owned(),
        _ => {
            let other = dice.below(chars.len());
            chars.swap(at, other);
        }
    }
    chars.concat()
}

/// The text with other blanks, or a comment, in the place of some.
pub(super) fn spaced(dice: &mut Dice, text: &str) -> String {
    let mut out = String::new();
    for part in text.split(' ') {
        if !out.is_empty() {
            let blanks = [
                " ",
                "  ",
                "\n",
                "\t",
                "\r\n",
                " # a \"comment\n",
                " # \\\n more\n",
                "",
            ];
            out.push_str(dice.pick(&blanks));
        }
        out.push_str(part);
    }
    if dice.once_in(3) {
        out.push_str(" # end");
    }
    out
}
