//! Names of months and days, and directives that stand for others.

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) const WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

/// What a directive that stands for others stands for.
pub(super) fn composition(letter: char) -> Option<&'static str> {
    Some(match letter {
        'c' => "a b e H:M:S Y",
        '+' => "a b e H:M:S Z Y",
        'F' => "Y-m-d",
        'D' | 'x' => "m/d/y",
        'v' => "e-b-Y",
        'T' | 'X' => "H:M:S",
        'r' => "I:M:S p",
        'R' => "H:M",
        _ => return None,
    })
}
