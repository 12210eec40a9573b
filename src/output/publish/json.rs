//! A plan and its outcome for machines.

use serde_json::{Value, json};

use super::{Outcome, Publication, Restored};
use crate::catalog::Identity;
use crate::publish::{Change, Deletion, Hazard, Lost, Reason, Tally, Verdict, Weight};

/// `{"version": 1, "verdict": …, "deleted": […], …}`. Versioned; fields are added,
/// never renamed.
pub(crate) fn publish_json(
    publication: &Publication<'_>,
    outcome: Option<&Outcome>,
    restored: Option<&Restored>,
) -> String {
    let Publication {
        installation,
        updated_at,
        plan,
        verdict,
        is_dry_run,
        is_rollback,
    } = publication;
    let blueprints = plan.tallies().into_iter().map(|(blueprint, tally)| {
        let Tally {
            created,
            changed,
            deleted,
        } = tally;
        let counts = json!({"created": created, "changed": changed, "deleted": deleted});
        (blueprint.to_owned(), counts)
    });
    let breaches = plan.breaches.iter().map(ToString::to_string);
    let document = json!({
        "version": 1,
        "integration": installation,
        "updatedAt": updated_at,
        "owned": plan.owned,
        "dryRun": is_dry_run,
        "rollback": is_rollback,
        "verdict": word(*verdict),
        "approve": (*verdict == Verdict::Held).then(|| plan.approval.to_string()),
        "blocks": {"ours": change(plan.blocks.ours), "others": change(plan.blocks.others)},
        "settings": plan.settings,
        "blueprints": blueprints.collect::<serde_json::Map<_, _>>(),
        "created": identities(&plan.created),
        "adopted": identities(&plan.adopted),
        "changed": identities(&plan.changed),
        "deleted": plan.deleted.iter().map(deletion).collect::<Vec<_>>(),
        "limits": breaches.collect::<Vec<_>>(),
        "hazards": plan.hazards.iter().map(hazard).collect::<Vec<_>>(),
        "outcome": outcome.map(of_outcome),
        "restored": restored.map(of_restored),
    });
    format!("{document:#}\n")
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Nothing => "nothing",
        Verdict::Free => "free",
        Verdict::Approved => "approved",
        Verdict::Held => "held",
        Verdict::Refused => "refused",
    }
}

fn change(change: Change) -> Value {
    let Change { kept, new, gone } = change;
    json!({"kept": kept, "new": new, "gone": gone})
}

fn identities(all: &[Identity]) -> Vec<Value> {
    all.iter().map(identity).collect()
}

fn identity(identity: &Identity) -> Value {
    let Identity {
        blueprint,
        identifier,
    } = identity;
    json!({"blueprint": blueprint, "identifier": identifier})
}

fn deletion(deletion: &Deletion) -> Value {
    let mut row = identity(&deletion.identity);
    let (reason, detail) = match &deletion.reason {
        Reason::Unsent => ("unsent", None),
        Reason::Moved(to) => ("moved", Some(("to", identity(to)))),
        Reason::Block { index, kind } => (
            "block",
            Some(("block", json!({"index": index, "kind": kind}))),
        ),
        Reason::Discovery => ("discovery", None),
        Reason::Backlog => ("backlog", None),
        Reason::Unknown => ("unknown", None),
    };
    row["reason"] = json!(reason);
    if let Some((key, value)) = detail {
        row[key] = value;
    }
    row
}

fn hazard(hazard: &Hazard) -> Value {
    let Hazard {
        name,
        weight,
        message,
        help,
    } = hazard;
    let weight = match weight {
        Weight::Note => "note",
        Weight::Warning => "warning",
        Weight::Approvable => "approvable",
        Weight::Never => "never",
    };
    json!({"name": name, "weight": weight, "message": message, "help": help})
}

fn of_outcome(outcome: &Outcome) -> Value {
    let Outcome {
        waited,
        expects,
        arrived,
        missing,
        gone,
        stayed,
        kept,
        surprises,
    } = outcome;
    json!({
        "waited": waited,
        "expects": expects,
        "asPlanned": outcome.is_as_planned(),
        "arrived": arrived,
        "missing": identities(missing),
        "gone": gone,
        "stayed": identities(stayed),
        "kept": identities(kept),
        "surprises": surprises.iter().map(identity).collect::<Vec<_>>(),
    })
}

fn of_restored(restored: &Restored) -> Value {
    let Restored {
        at_stake,
        returned,
        properties,
        relations,
        losses,
        untouched,
    } = restored;
    let losses = losses.iter().map(|loss| {
        let mut row = identity(&loss.identity);
        let (what, detail) = lost(&loss.what);
        row["what"] = json!(what);
        row["detail"] = json!(detail);
        row
    });
    json!({
        "atStake": at_stake,
        "returned": returned,
        "properties": properties,
        "relations": relations,
        "losses": losses.collect::<Vec<_>>(),
        "untouched": identities(untouched),
    })
}

fn lost(what: &Lost) -> (&'static str, Option<&str>) {
    match what {
        Lost::Entity => ("entity", None),
        Lost::History => ("history", None),
        Lost::Ownership => ("ownership", None),
        Lost::Property(name) => ("property", Some(name)),
        Lost::Relation(name) => ("relation", Some(name)),
        Lost::Pointer(name) => ("pointer", Some(name)),
        Lost::Refused(why) => ("refused", Some(why)),
    }
}
