//! What is believed of the API, and what a live organisation says to it.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::catalog_api::Belief;
use crate::legible::{counted, visible};

/// What became of a belief.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// It is true there.
    Proven,
    /// It is not: what was seen.
    Disproven(String),
    /// It was not tried: why.
    Untried(&'static str),
    /// It could not be tried: what went wrong.
    Failed(String),
}

/// A belief and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proved {
    /// What is believed.
    pub belief: Belief,
    /// What became of it.
    pub proof: Proof,
}

impl Proof {
    fn word(&self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Disproven(_) => "DISPROVEN",
            Self::Untried(_) => "not tried",
            Self::Failed(_) => "failed",
        }
    }

    fn detail(&self) -> Option<&str> {
        match self {
            Self::Proven => None,
            Self::Untried(why) => Some(why),
            Self::Disproven(seen) | Self::Failed(seen) => Some(seen),
        }
    }
}

/// A line for each belief, its sentence where it is not proven, and the numbers.
pub(crate) fn beliefs_text(organisation: &str, proved: &[Proved]) -> String {
    let mut text = format!("organisation {}\n", visible(organisation));
    let width = proved.iter().map(|it| it.belief.id.len()).max();
    let width = width.unwrap_or_default();
    for Proved { belief, proof } in proved {
        let (word, id) = (proof.word(), belief.id);
        // Writing to a String does not fail.
        match proof.detail() {
            None => writeln!(text, "  {word:<9}  {id}").ok(),
            Some(detail) => writeln!(text, "  {word:<9}  {id:<width$}  {}", visible(detail)).ok(),
        };
        if matches!(proof, Proof::Disproven(_)) {
            writeln!(text, "             believed: {}", belief.sentence).ok();
        }
    }
    let count = |is: fn(&Proof) -> bool| proved.iter().filter(|it| is(&it.proof)).count();
    writeln!(
        text,
        "\n{}: {} proven, {} disproven, {} failed, {} not tried",
        counted(proved.len(), "belief", "beliefs"),
        count(|it| matches!(it, Proof::Proven)),
        count(|it| matches!(it, Proof::Disproven(_))),
        count(|it| matches!(it, Proof::Failed(_))),
        count(|it| matches!(it, Proof::Untried(_)))
    )
    .ok();
    text
}

/// `{"version": 1, "organisation": …, "beliefs": [{id, sentence, proof, detail}]}`.
/// Versioned; fields are added, never renamed.
pub(crate) fn beliefs_json(organisation: &str, proved: &[Proved]) -> String {
    let beliefs = proved.iter().map(|Proved { belief, proof }| {
        json!({
            "id": belief.id,
            "sentence": belief.sentence,
            "proof": proof.word().to_lowercase(),
            "detail": proof.detail(),
        })
    });
    let document = json!({
        "version": 1,
        "organisation": organisation,
        "beliefs": beliefs.collect::<Vec<Value>>(),
    });
    format!("{document:#}\n")
}
