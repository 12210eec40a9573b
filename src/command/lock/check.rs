//! `lock --check`: whether each lock is up to date, and what differs.

use super::{Present, Wanted, told};
use crate::cli::Cli;
use crate::command::render::{format, report_file};
use crate::command::{Exit, console, judged};
use crate::diff::Diff;
use crate::finding::{Finding, Severity};
use crate::manifest::Location;

/// How many differences are listed.
const LISTED: usize = 100;

pub(super) fn check(cli: &Cli, wanted: &[Wanted]) -> anyhow::Result<Exit> {
    let mut exit = Exit::Done;
    for it in wanted {
        let outdated = outdated(it);
        if !outdated.is_empty() || judged(&it.findings, it.settings.fail_on) == Exit::Findings {
            exit = Exit::Findings;
        }
        let findings = [it.findings.as_slice(), &outdated].concat();
        report_file(&it.settings, &findings)?;
        console(cli, format(&it.settings)).report(&findings, None);
    }
    Ok(exit)
}

/// What is wrong with a file, then what differs, one entity each.
fn outdated(wanted: &Wanted) -> Vec<Finding> {
    let message = match &wanted.present {
        Present::Lock(lock) if *lock == wanted.lock => return Vec::new(),
        Present::Nothing if wanted.is_needless() => return Vec::new(),
        Present::Lock(_) => {
            let told = told(&wanted.differences().counts());
            format!("it is out of date{told}")
        }
        Present::Nothing => "it is missing".to_owned(),
        Present::Broken(problem) => format!("it can't be read: line {problem}"),
    };
    let place = Location {
        file: wanted.file.display().to_string(),
        line: 1,
        column: 1,
        origin: None,
    };
    let reason = Finding::new("lock-outdated", Severity::Error, message)
        .with_help(format!("write it with `{}`", wanted.command))
        .at(place.clone());
    let listed = match wanted.present {
        Present::Lock(_) => listed(&wanted.differences()),
        Present::Broken(_) | Present::Nothing => Vec::new(),
    };
    let more = listed.len().saturating_sub(LISTED);
    let more = (more > 0).then(|| format!("{more} more differences"));
    let lines = listed.into_iter().take(LISTED).chain(more);
    let lines =
        lines.map(|line| Finding::new("lock-outdated", Severity::Info, line).at(place.clone()));
    std::iter::once(reason).chain(lines).collect()
}

fn listed(diff: &Diff) -> Vec<String> {
    let Diff {
        created,
        changed,
        moved,
        deleted,
        unchanged: _,
    } = diff;
    let created = created
        .iter()
        .map(|it| format!("`{}` is not in it", it.identity));
    let changed = changed
        .iter()
        .map(|it| format!("`{}` has changed", it.after.identity));
    let moved = moved.iter().map(|it| {
        let (before, after) = (&it.before.identity, &it.after.identity);
        match before == after {
            true => format!("`{after}` has another owner"),
            false => format!("`{before}` is now `{after}`"),
        }
    });
    let deleted = deleted
        .iter()
        .map(|it| format!("`{}` is not declared any more", it.before.identity));
    created.chain(changed).chain(moved).chain(deleted).collect()
}
