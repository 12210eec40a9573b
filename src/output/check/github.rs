//! GitHub's workflow commands: an annotation for each finding.
//!
//! Escaped as its toolkit does it (`packages/core/src/command.ts`): a message
//! must not end the command that carries it.

use super::json::end_column;
use super::text::numbers;
use crate::finding::{Finding, Severity};
use crate::render::{Checked, Placed};

/// One command a finding, then the numbers for the log.
pub(super) fn document(checked: &Checked) -> String {
    let mut text: String = checked.findings.iter().map(command).collect();
    let numbers = match checked.tally.errors + checked.tally.warnings + checked.tally.infos {
        0 => "no findings".to_owned(),
        _ => numbers(&checked.tally),
    };
    text.push_str(&format!("{numbers}\n"));
    text
}

fn command(placed: &Placed) -> String {
    let Placed {
        finding,
        mark,
        template,
        other: _,
    } = placed;
    let Finding {
        rule,
        severity,
        message,
        help,
        location,
        resource,
        field: _,
    } = finding;
    let word = match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let mut properties = format!("title={}", property(rule));
    if let Some(template) = template {
        properties.push_str(&format!(",file={}", property(template)));
    } else if let Some(location) = location.as_ref().filter(|it| it.file != "<stdin>") {
        properties.push_str(&format!(
            ",file={},line={},col={},endColumn={}",
            property(&location.file),
            location.line,
            location.column,
            end_column(location, mark.as_ref())
        ));
    }
    let mut lines = vec![match resource {
        Some(resource) => format!("{resource}: {message}"),
        None => message.clone(),
    }];
    let origin = location.as_ref().and_then(|it| it.origin.as_ref());
    lines.extend(origin.map(|origin| format!("rendered from {origin}")));
    lines.extend(help.as_ref().map(|help| format!("help: {help}")));
    format!("::{word} {properties}::{}\n", data(&lines.join("\n")))
}

fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{data, property};

    #[test]
    fn nothing_ends_the_command_that_carries_it() {
        assert_eq!(data("50 %\r\n::error::x"), "50 %25%0D%0A::error::x");
        assert_eq!(property("a,b:c"), "a%2Cb%3Ac");
    }
}
