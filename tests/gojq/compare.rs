//! The property: what we answer is what gojq answers, or `unsupported`.

use std::collections::BTreeMap;

use glint_gitops::JqError;
use serde_json::Value;

use crate::peer::{Answer, ENVIRONMENT, Gojq};

/// What a check of one pair found.
#[derive(Clone, Debug)]
pub(crate) enum Verdict {
    /// Both say the same: of this kind.
    Same(&'static str),
    /// We refuse, by this name.
    Unsupported(String),
    /// gojq gave nothing to compare with.
    Skipped(String),
    Wrong {
        gojq: String,
        ours: String,
    },
}

impl Verdict {
    pub(crate) fn is_wrong(&self) -> bool {
        matches!(self, Self::Wrong { .. })
    }
}

/// Checks a program on each input.
pub(crate) fn check(gojq: &mut Gojq, query: &str, inputs: &[Value]) -> Vec<Verdict> {
    let environment = BTreeMap::from(ENVIRONMENT.map(|(name, value)| (name.into(), value.into())));
    let answers = gojq.run(query, inputs);
    let pairs = answers.into_iter().zip(inputs);
    pairs
        .map(|(answer, input)| match answer {
            // We aren't asked then: it might never end.
            Answer::Other(why) => Verdict::Skipped(why),
            answer => verdict(
                answer,
                glint_gitops::jq_first(query, input, environment.clone()),
            ),
        })
        .collect()
}

fn verdict(gojq: Answer, ours: Result<String, JqError>) -> Verdict {
    match (&gojq, &ours) {
        (_, Err(JqError::Unsupported(name))) => Verdict::Unsupported(name.clone()),
        (Answer::Value(theirs), Ok(ours)) if theirs == ours => Verdict::Same("value"),
        (Answer::Compile(_), Err(JqError::Compile(_))) => Verdict::Same("compile error"),
        // `try … catch .` makes a value of the message.
        (Answer::Runtime(theirs), Err(JqError::Failed(ours))) if theirs == ours => {
            Verdict::Same("runtime error")
        }
        (Answer::Nothing, Err(JqError::NoOutput)) => Verdict::Same("no output"),
        (_, _) => Verdict::Wrong {
            gojq: format!("{gojq:?}"),
            ours: format!("{ours:?}"),
        },
    }
}
