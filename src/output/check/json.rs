//! The findings as a render writes them, each with where it ends and its second
//! place.
//!
//! Versioned with [`super::super::json`]; fields are added, never renamed.

use serde_json::{Value, json};

use crate::manifest::Location;
use crate::output::json::row;
use crate::render::{Checked, Mark, Placed, Tally};

/// `{"version": 1, "findings": […], "tally": {…}}`.
pub(super) fn document(checked: &Checked) -> String {
    let Checked { findings, tally } = checked;
    let Tally {
        texts,
        entities,
        errors,
        warnings,
        infos,
        left_out,
    } = tally;
    let document = json!({
        "version": 1,
        "findings": findings.iter().map(finding).collect::<Vec<_>>(),
        "tally": {
            "files": texts,
            "entities": entities,
            "errors": errors,
            "warnings": warnings,
            "infos": infos,
            "leftOut": left_out,
        },
    });
    format!("{document:#}\n")
}

fn finding(placed: &Placed) -> Value {
    let Placed {
        finding,
        mark,
        template: _,
        other,
    } = placed;
    let mut row = row(finding);
    let location = finding.location.as_ref();
    row["endColumn"] = json!(location.map(|it| end_column(it, mark.as_ref())));
    row["other"] = json!(other.as_ref().map(|(location, mark)| json!({
        "file": location.file,
        "line": location.line,
        "column": location.column,
        "endColumn": end_column(location, mark.as_ref()),
        "origin": location.origin,
    })));
    row
}

/// The column behind what is meant, counted from 1 in characters.
pub(super) fn end_column(location: &Location, mark: Option<&Mark>) -> usize {
    location.column + mark.map_or(1, Mark::width)
}
