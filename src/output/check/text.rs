//! Findings in the style of cargo: the line, what in it is meant, what to do.
//!
//! The only file that names the crate which draws them.

use annotate_snippets::{
    Annotation, AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet,
};

use crate::finding::{Finding, Severity};
use crate::legible::{counted, visible};
use crate::manifest::Location;
use crate::output::text::Paint;
use crate::render::{Checked, Mark, Placed, Tally};

/// Every finding, and one line of numbers.
pub(super) fn document(checked: &Checked, paint: Paint) -> String {
    let renderer = match paint {
        Paint::Colour => Renderer::styled(),
        Paint::Plain => Renderer::plain(),
    };
    let mut text = String::new();
    for placed in &checked.findings {
        text.push_str(&renderer.render(&groups(placed)));
        text.push_str("\n\n");
    }
    text.push_str(&summary(checked));
    text
}

fn groups(placed: &Placed) -> Vec<Group<'_>> {
    let Placed {
        finding,
        mark,
        template: _,
        other,
    } = placed;
    let mut group = Group::with_title(
        level(finding.severity)
            .primary_title(visible(&finding.message))
            .id(finding.rule),
    );
    let resource = finding.resource.as_ref();
    let label = resource.map(|resource| visible(&format!("in {resource}")));
    if let Some(location) = &finding.location {
        group = group.element(place(
            location,
            mark.as_ref(),
            AnnotationKind::Primary,
            label,
        ));
    }
    if let Some((location, mark)) = other {
        group = group.element(place(
            location,
            mark.as_ref(),
            AnnotationKind::Context,
            None,
        ));
    }
    if let Some(origin) = finding.location.as_ref().and_then(|it| it.origin.as_ref()) {
        group = group.element(Level::NOTE.message(format!("rendered from `{origin}`")));
    }
    let help = finding.help.as_ref();
    let help = help.map(|help| Group::with_title(Level::HELP.secondary_title(visible(help))));
    std::iter::once(group).chain(help).collect()
}

fn place<'p>(
    location: &'p Location,
    mark: Option<&'p Mark>,
    kind: AnnotationKind,
    label: Option<String>,
) -> Element<'p> {
    let Some(Mark { line, range }) = mark else {
        return Origin::path(location.file.as_str())
            .line(location.line)
            .char_column(location.column)
            .into();
    };
    let annotation: Annotation<'_> = kind.span(range.clone()).label(label);
    Snippet::source(line.as_str())
        .line_start(location.line)
        .path(location.file.as_str())
        .annotation(annotation)
        .into()
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    }
}

/// ```text
/// 2 errors, 1 warning in 3 files (7 entities); `glint-gitops explain RULE` says more
/// ```
fn summary(checked: &Checked) -> String {
    let Checked { findings, tally } = checked;
    let Tally {
        texts, entities, ..
    } = tally;
    let files = counted(*texts, "file", "files");
    let entities = counted(*entities, "entity", "entities");
    let numbers = numbers(tally);
    let worst = findings
        .iter()
        .map(|placed| &placed.finding)
        .max_by_key(|finding: &&Finding| (finding.severity, std::cmp::Reverse(finding.rule)));
    match worst {
        None => format!("no findings in {files} ({entities})\n"),
        Some(worst) => format!(
            "{numbers} in {files} ({entities}); `glint-gitops explain {}`\n",
            worst.rule
        ),
    }
}

/// `2 errors, 1 warning`, and how many of them are not listed.
pub(super) fn numbers(tally: &Tally) -> String {
    let Tally {
        texts: _,
        entities: _,
        errors,
        warnings,
        infos,
        left_out,
    } = *tally;
    let counts = [
        (errors, "error", "errors"),
        (warnings, "warning", "warnings"),
        (infos, "info", "infos"),
    ];
    let counts: Vec<String> = counts
        .into_iter()
        .filter(|(count, _, _)| *count > 0)
        .map(|(count, one, many)| counted(count, one, many))
        .collect();
    let numbers = counts.join(", ");
    match left_out {
        0 => numbers,
        left_out => format!("{numbers} ({left_out} of them left out)"),
    }
}
