//! A plan for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Publication;
use crate::legible::{counted, visible};
use crate::output::text::Paint;
use crate::publish::{Blocks, Change, Deletion, Hazard, Plan, Reason, Tally, Verdict, Weight};

/// The plan and what follows from it.
///
/// ```text
/// integration k8s-prod (last changed 2026-11-20T10:14:02Z, 212 entities)
///   mapping   2 blocks of ours replaced, 5 of others kept
///   entities  + 3   ~ 0   - 14
/// ```
pub(crate) fn publish_text(publication: &Publication<'_>, paint: Paint) -> String {
    let Publication {
        installation,
        updated_at,
        plan,
        verdict,
        is_dry_run: _,
        is_rollback: _,
    } = publication;
    let mut text = format!(
        "integration {} (last changed {}, {})\n",
        visible(installation),
        visible(updated_at),
        counted(plan.owned, "entity", "entities")
    );
    line(&mut text, "mapping", &blocks(&plan.blocks));
    if !plan.settings.is_empty() {
        let changed = format!("{} changed", plan.settings.join(", "));
        line(&mut text, "settings", &visible(&changed));
    }
    entities(&mut text, plan);
    let shown = shown(plan, *verdict);
    if !shown.is_empty() {
        text.push('\n');
    }
    text.extend(shown.into_iter().map(|hazard| said(hazard, paint)));
    text.push_str(&conclusion(publication, paint));
    text
}

fn line(text: &mut String, what: &str, said: &str) {
    // Writing to a String does not fail.
    writeln!(text, "  {what:<9} {said}").ok();
}

fn blocks(blocks: &Blocks) -> String {
    let Blocks { ours, others } = blocks;
    let parts = [part(ours, " of ours"), part(others, " of others")];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    match parts.is_empty() {
        true => "no block".to_owned(),
        false => parts.join(", "),
    }
}

fn part(change: &Change, whose: &str) -> Option<String> {
    let Change { kept, new, gone } = *change;
    let replaced = new.min(gone);
    let counts = [
        (replaced, "replaced"),
        (new - replaced, "new"),
        (gone - replaced, "removed"),
        (kept, "kept"),
    ];
    let mut counts = counts.into_iter().filter(|(count, _)| *count > 0);
    let (count, word) = counts.next()?;
    let first = format!("{}{whose} {word}", counted(count, "block", "blocks"));
    let rest = counts.map(|(count, word)| format!(", {count} {word}"));
    Some(std::iter::once(first).chain(rest).collect())
}

fn entities(text: &mut String, plan: &Plan) {
    let tallies = plan.tallies();
    let sum = |of: fn(&Tally) -> usize| tallies.values().map(of).sum();
    let all = Tally {
        created: sum(|it| it.created),
        changed: sum(|it| it.changed),
        deleted: sum(|it| it.deleted),
    };
    line(text, "entities", &tally(all));
    if tallies.len() > 1 {
        let width = tallies.keys().map(|it| it.chars().count()).max();
        let width = width.unwrap_or_default();
        for (blueprint, of) in &tallies {
            let counts = tally(*of);
            writeln!(text, "    {:<width$}  {counts}", visible(blueprint)).ok();
        }
    }
    if !plan.adopted.is_empty() {
        let there = counted(plan.adopted.len(), "entity is", "entities are");
        line(
            text,
            "",
            &format!(
                "{there} there already, of another source: the exporter merges into it, and never deletes it"
            ),
        );
    }
    if !plan.deleted.is_empty() {
        text.push_str("\ndeleted, or at stake:\n");
        text.push_str(&deletions(&plan.deleted));
    }
}

/// What is said above the conclusion: what refuses it stands there, and what to do
/// during a push is of no use without one.
fn shown(plan: &Plan, verdict: Verdict) -> Vec<&Hazard> {
    let least = match verdict {
        Verdict::Free | Verdict::Approved => Weight::Note,
        Verdict::Nothing | Verdict::Held | Verdict::Refused => Weight::Warning,
    };
    let hazards = plan.hazards.iter();
    let shown = hazards.filter(|it| it.weight >= least && it.weight < Weight::Approvable);
    shown.collect()
}

fn tally(tally: Tally) -> String {
    let Tally {
        created,
        changed,
        deleted,
    } = tally;
    format!("+ {created:<3} ~ {changed:<3} - {deleted}")
}

/// Each reason once, above the entities that it holds for.
fn deletions(deletions: &[Deletion]) -> String {
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for Deletion { identity, reason } in deletions {
        let name = visible(&identity.to_string());
        let (why, line) = match reason {
            Reason::Unsent => ("its object is not sent any more".to_owned(), name),
            Reason::Moved(to) => (
                "under another identity".to_owned(),
                format!("{name} → {}", visible(&to.to_string())),
            ),
            Reason::Block { index, kind } => (
                format!(
                    "may be of .resources[{index}] ({}), which goes or changes",
                    visible(kind)
                ),
                name,
            ),
            Reason::Discovery => (
                "may be of the discovery of CRDs, which goes or changes".to_owned(),
                name,
            ),
            Reason::Backlog => ("made by no block now".to_owned(), name),
            Reason::Unknown => ("what makes it can't be told".to_owned(), name),
        };
        groups.entry(why).or_default().push(line);
    }
    let mut text = String::new();
    for (why, lines) in groups {
        writeln!(text, "  {why}").ok();
        for line in lines {
            writeln!(text, "    {line}").ok();
        }
    }
    text
}

fn said(hazard: &Hazard, paint: Paint) -> String {
    let Hazard {
        name,
        weight,
        message,
        help,
    } = hazard;
    let (word, code) = match weight {
        Weight::Note => ("note", "36"),
        Weight::Warning => ("warning", "33"),
        Weight::Approvable | Weight::Never => ("refused", "31"),
    };
    let word = painted(word, code, paint);
    let mut text = format!("{word}: {} [{name}]\n", visible(message));
    if let Some(help) = help {
        writeln!(text, "  help: {}", visible(help)).ok();
    }
    text
}

fn painted(word: &str, code: &str, paint: Paint) -> String {
    match paint {
        Paint::Colour => format!("\u{1b}[1;{code}m{word}\u{1b}[0m"),
        Paint::Plain => word.to_owned(),
    }
}

/// Whether it goes, and what to do where it does not.
fn conclusion(publication: &Publication<'_>, paint: Paint) -> String {
    let Publication {
        plan,
        verdict,
        is_dry_run,
        is_rollback,
        ..
    } = publication;
    let mut text = String::from("\n");
    match verdict {
        Verdict::Nothing => {
            let is_there = match is_rollback {
                true => "the config from before is live",
                false => "the config is there already",
            };
            writeln!(text, "nothing to push: {is_there}").ok();
        }
        Verdict::Free | Verdict::Approved if *is_dry_run => {
            text.push_str("it may be pushed; nothing was written\n");
        }
        Verdict::Free => return String::new(),
        Verdict::Approved => text.push_str("approved: this very set\n"),
        Verdict::Held | Verdict::Refused => {
            let grave = plan
                .hazards
                .iter()
                .filter(|it| it.weight >= Weight::Approvable);
            text.extend(grave.map(|hazard| said(hazard, paint)));
            text.push_str(&breaches(plan, paint));
            text.push_str("nothing was written");
            match verdict {
                Verdict::Held => {
                    writeln!(text, "; if this is meant, add to the same command").ok();
                    writeln!(text, "  --approve {}", plan.approval).ok();
                }
                Verdict::Refused | Verdict::Nothing | Verdict::Free | Verdict::Approved => {
                    text.push('\n');
                }
            }
        }
    }
    text
}

fn breaches(plan: &Plan, paint: Paint) -> String {
    if plan.breaches.is_empty() {
        return String::new();
    }
    let breaches: Vec<String> = plan.breaches.iter().map(ToString::to_string).collect();
    let word = painted("refused", "31", paint);
    format!("{word}: would delete {}\n", visible(&breaches.join(", ")))
}
