//! The page on differences says what gojq says.

use crate::pages::differences;
use crate::peer::{Answer, Gojq};

#[test]
fn each_known_difference_is_what_gojq_answers() {
    let mut gojq = Gojq::start();
    for difference in differences() {
        let answers = gojq.run(&difference.query, &[difference.input]);
        let answer = match &answers[0] {
            Answer::Value(text) => text,
            Answer::Compile(_) => "error: compile",
            Answer::Runtime(_) => "error: runtime",
            Answer::Nothing => "error: no output",
            Answer::Other(other) => panic!("{}: {other}", difference.query),
        };
        assert_eq!(answer, difference.gojq, "{}", difference.query);
    }
}
