//! What stands in programs for itself: texts, numbers, patterns, formats, names.

use crate::dice::Dice;

use super::tables::literals;

/// What fills a hole of this letter.
pub(super) fn literal(dice: &mut Dice, letter: char) -> String {
    match letter {
        'r' => format!("\"{}\"", pattern(dice)),
        'f' => format!("\"{}\"", dice.pick(&literals('f'))),
        '0' => plain(dice),
        letter => dice.pick(&literals(letter)).to_owned(),
    }
}

/// A function without arguments. Those that end a program or can't be answered
/// are rarer.
fn plain(dice: &mut Dice) -> String {
    let all = literals('0');
    let rare = ["localtime", "now", "halt", "halt_error", "error"];
    for _ in 0..3 {
        let name = dice.pick(&all);
        if !rare.contains(&name) {
            return name.to_owned();
        }
    }
    dice.pick(&all).to_owned()
}

/// A regular expression as it stands in a literal: one that is known to be
/// interesting, or one put together.
pub(crate) fn pattern(dice: &mut Dice) -> String {
    if dice.once_in(2) {
        return dice.pick(&literals('r')).to_owned();
    }
    let atoms = literals('R');
    (0..1 + dice.below(5)).map(|_| dice.pick(&atoms)).collect()
}
