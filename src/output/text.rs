//! Findings and summaries for people: one line each, the place first.

use std::time::Duration;

use crate::finding::{Finding, Severity};
use crate::input::without_userinfo;
use crate::legible::{counted, visible};
use crate::render::Summary;

/// Whether escape codes may stand in a text; a stream strips them if need be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    /// Yes.
    Colour,
    /// No: for files.
    Plain,
}

/// Why a run failed, ended by a newline. What was typed is quoted in it, so that
/// a URL may be, whose user and password are nobody's business; and what a renderer
/// said, which has lines of its own but no say over the terminal.
pub(crate) fn failure(error: &anyhow::Error) -> String {
    let reason = format!("{error:#}");
    let lines: Vec<String> = without_userinfo(&reason).split('\n').map(visible).collect();
    format!("glint-gitops: {}\n", lines.join("\n"))
}

/// One line for each finding, and one for its help. Names in it are the author's:
/// one that holds a line break would be read by CI as a command of its own.
///
/// ```text
/// warning apps/pay.yaml:14:3 Entity shop/pay: the key `a` is there twice [duplicate-key]
///   help: keep one of them
/// ```
pub(crate) fn findings(findings: &[Finding], paint: Paint) -> String {
    findings
        .iter()
        .map(|finding| line(finding, paint))
        .collect()
}

fn line(finding: &Finding, paint: Paint) -> String {
    let Finding {
        rule,
        severity,
        message,
        help,
        location,
        resource,
        field: _,
    } = finding;
    let mut line = painted(*severity, paint);
    if let Some(location) = location {
        line.push_str(&format!(" {}", visible(&location.to_string())));
    }
    if let Some(resource) = resource {
        line.push_str(&format!(" {}", visible(&resource.to_string())));
    }
    line.push_str(&format!(": {} [{rule}]\n", visible(message)));
    let origin = location
        .as_ref()
        .and_then(|location| location.origin.as_ref());
    if let Some(origin) = origin {
        line.push_str(&format!("  from: {}\n", visible(origin)));
    }
    if let Some(help) = help {
        line.push_str(&format!("  help: {}\n", visible(help)));
    }
    line
}

fn painted(severity: Severity, paint: Paint) -> String {
    let code = match severity {
        Severity::Info => "36",
        Severity::Warning => "33",
        Severity::Error => "31",
    };
    match paint {
        Paint::Colour => format!("\u{1b}[1;{code}m{severity}\u{1b}[0m"),
        Paint::Plain => severity.to_string(),
    }
}

/// What was rendered, for the first line of a summary.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rendering<'a> {
    /// As the user named it.
    pub directory: &'a str,
    /// `helm`, `kustomize` or `directory`.
    pub renderer: &'a str,
    /// How many texts were read.
    pub files: usize,
    /// How long all of it took.
    pub took: Duration,
}

/// What a render did, in numbers.
///
/// ```text
/// rendered examples/shop (directory, 6 files) in 3 ms
///   7 entities of 3 blueprints, 4 other objects untouched
///   added 2 CRDs, ConfigMap glint-shop-5f1c09aa
/// ```
pub(crate) fn summary(rendering: Rendering<'_>, summary: &Summary) -> String {
    let Rendering {
        directory,
        renderer,
        files,
        took,
    } = rendering;
    let Summary {
        entities,
        blueprints,
        others,
        crds,
        fragment,
    } = summary;
    let files = match renderer {
        "directory" => format!(", {}", counted(files, "file", "files")),
        _ => String::new(),
    };
    let mut text = format!(
        "rendered {directory} ({renderer}{files}) in {}\n  {} of {}, {} untouched\n",
        duration(took),
        counted(*entities, "entity", "entities"),
        counted(*blueprints, "blueprint", "blueprints"),
        counted(*others, "other object", "other objects"),
    );
    let mut added = Vec::new();
    if *crds > 0 {
        added.push(counted(*crds, "CRD", "CRDs"));
    }
    if let Some(name) = fragment {
        added.push(format!("ConfigMap {name}"));
    }
    if !added.is_empty() {
        text.push_str(&format!("  added {}\n", added.join(", ")));
    }
    text
}

fn duration(took: Duration) -> String {
    if took.as_secs() >= 1 {
        format!("{:.1} s", took.as_secs_f64())
    } else {
        format!("{} ms", took.as_millis())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Paint, Rendering, failure, findings, summary};
    use crate::finding::{Finding, Severity};
    use crate::manifest::{Location, ResourceRef};
    use crate::render::Summary;

    #[test]
    fn a_finding_is_one_line_with_its_place_first() {
        let finding = Finding::new(
            "duplicate-key",
            Severity::Warning,
            "the key `a` is there twice",
        )
        .with_help("keep one of them")
        .at(Location {
            file: "apps/pay.yaml".to_owned(),
            line: 14,
            column: 3,
            origin: Some("web/templates/pay.yaml".to_owned()),
        })
        .on(ResourceRef {
            api_version: "glint.io/v1".to_owned(),
            kind: "Entity".to_owned(),
            namespace: Some("shop".to_owned()),
            name: "pay".to_owned(),
        });
        assert_eq!(
            findings(&[finding], Paint::Plain),
            "warning apps/pay.yaml:14:3 Entity shop/pay: the key `a` is there twice [duplicate-key]\n  \
             from: web/templates/pay.yaml\n  help: keep one of them\n"
        );
    }

    #[test]
    fn a_name_never_ends_the_line() {
        let finding = Finding::new(
            "invalid-member-name",
            Severity::Error,
            "name `a\n::x::\u{1b}`",
        );
        assert_eq!(
            findings(&[finding], Paint::Plain),
            "error: name `a\\n::x::\\u{1b}` [invalid-member-name]\n"
        );
    }

    #[test]
    fn a_failure_has_lines_and_no_say_over_the_terminal() {
        let error = anyhow::anyhow!("helm: no\n  \u{1b}[2Jchart").context("`shop`");
        let expected = "glint-gitops: `shop`: helm: no\n  \\u{1b}[2Jchart\n";
        assert_eq!(failure(&error), expected);
    }

    #[test]
    fn a_summary_counts_in_words() {
        let rendering = Rendering {
            directory: "apps",
            renderer: "directory",
            files: 1,
            took: Duration::from_millis(1500),
        };
        let counts = Summary {
            entities: 1,
            blueprints: 1,
            others: 0,
            crds: 2,
            fragment: Some("glint-apps-00000000".to_owned()),
        };
        assert_eq!(
            summary(rendering, &counts),
            "rendered apps (directory, 1 file) in 1.5 s\n  \
             1 entity of 1 blueprint, 0 other objects untouched\n  \
             added 2 CRDs, ConfigMap glint-apps-00000000\n"
        );
    }
}
