//! `edits.jsonl`: one annotation set, every other byte kept.

use glint_gitops::{Annotations, ObjectPath, Parsed, annotate, apply, objects, split};
use serde_json::Value;

use crate::yaml::{bytes, equal};
use crate::{Refusals, Verdict, run};

/// Cases for which a refusal is an answer as well, as the folder's README says.
const MAY_BE_REFUSED: [&str; 2] = ["anchor on ann", "explicit inner key"];

fn verdict(case: &Value) -> Verdict {
    let text = String::from_utf8(bytes(case)).expect("edits are text");
    let annotations: Annotations = case["annotation"]
        .as_object()
        .expect("an object of annotations")
        .iter()
        .map(|(key, value)| (key.clone(), value.as_str().expect("text").to_owned()))
        .collect();
    let document = split(text.as_bytes()).expect("splits").remove(0);
    let parsed = match Parsed::read(text.as_bytes(), document.notation) {
        Ok(parsed) => parsed,
        Err(error) => return Verdict::Wrong(format!("unreadable: {}", error.message)),
    };
    let refused_rightly = case["refuse"] == true;
    let splices = match annotate(&parsed, &[(ObjectPath::Document, annotations)]) {
        Ok(_) if refused_rightly => return Verdict::Wrong("edited".to_owned()),
        Ok(splices) => splices,
        Err(_) if refused_rightly => return Verdict::Held,
        Err(refusal) => {
            let name = case["name"].as_str().unwrap_or_default();
            return match MAY_BE_REFUSED.contains(&name) {
                true => Verdict::Unsupported,
                false => Verdict::Wrong(format!("refused: {refusal}")),
            };
        }
    };
    let edited = apply(&text, &splices);
    let read = Parsed::read(edited.as_bytes(), document.notation).expect("still readable");
    let actual = objects(&read).expect("objects");
    let expected = case["documents"].as_array().expect("documents");
    let same =
        actual.len() == expected.len() && actual.iter().zip(expected).all(|(a, e)| equal(a, e));
    if same {
        Verdict::Held
    } else {
        Verdict::Wrong(format!("gave {edited:?}"))
    }
}

#[test]
fn an_edit_is_what_kubectl_annotate_gives() {
    run("edits", Refusals { allowed: 2, of: 42 }, verdict);
}
