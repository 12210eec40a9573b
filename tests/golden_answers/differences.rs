//! `docs/jq.md`: what differs between implementations of jq, and on which side
//! this one is.

use std::collections::BTreeMap;

use glint_gitops::{JqError, jq_first};

use crate::pages::{Difference, differences};

#[test]
fn each_known_difference_is_answered_as_the_page_says() {
    let wrong: Vec<String> = differences().iter().filter_map(wrong).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn wrong(difference: &Difference) -> Option<String> {
    let Difference {
        query,
        input,
        gojq,
        here,
    } = difference;
    let (answer, side) = match jq_first(query, input, BTreeMap::new()) {
        Ok(text) => (text, "same"),
        Err(JqError::Compile(_)) => ("error: compile".to_owned(), "same"),
        Err(JqError::Failed(_)) => ("error: runtime".to_owned(), "same"),
        Err(JqError::NoOutput) => ("error: no output".to_owned(), "same"),
        Err(JqError::Unsupported(_)) => (gojq.clone(), "refused"),
    };
    let holds = answer == *gojq && side == here;
    (!holds).then(|| format!("{query}: {answer}, {side}, and not {gojq}, {here}"))
}
