//! The runbook: a page for each reason of a condition or an Event, and for each alert.
//!
//! A page is called after its reason, so that whoever reads `UnseenByExporter` finds
//! `docs/runbook/unseen-by-exporter.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use glint_gitops::Reason;
use serde_json::Value;

/// The reasons that the controllers give, but for those that say that all is well or
/// under way.
fn reasons() -> impl Iterator<Item = &'static str> {
    let all = Reason::ALL.iter().filter(|reason| !reason.is_well());
    all.map(|reason| reason.as_str())
}

/// What only an alert leads to.
const ALERTED: [&str; 6] = [
    "catalog-unreachable",
    "controller-away",
    "nobody-leads",
    "paused",
    "policy-unreadable",
    "report-not-taken",
];

/// What a page says, in this order.
const PARTS: [&str; 3] = [
    "\n## What it means\n\n",
    "\n## How to see it\n\n",
    "\n## What to do\n\n",
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/runbook")
}

/// Each page by its name, without the index.
fn pages() -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder()).expect("the runbook");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let pages = paths.map(|path| {
        let name = path.file_stem().expect("a name").to_string_lossy();
        (name.into_owned(), fs::read_to_string(&path).expect("text"))
    });
    pages.filter(|(name, _)| name != "README").collect()
}

/// `UnseenByExporter` as `unseen-by-exporter`.
fn kebab(reason: &str) -> String {
    let mut name = String::new();
    for (at, char) in reason.char_indices() {
        if char.is_ascii_uppercase() && at > 0 {
            name.push('-');
        }
        name.push(char.to_ascii_lowercase());
    }
    name
}

#[test]
fn each_reason_and_alert_has_a_page_and_each_page_has_one_of_them() {
    let pages = pages();
    let found: BTreeSet<&str> = pages.keys().map(String::as_str).collect();
    let named: Vec<String> = reasons().map(kebab).collect();
    let mut expected: BTreeSet<&str> = named.iter().map(String::as_str).collect();
    expected.extend(ALERTED);
    assert_eq!(found, expected);
    for reason in reasons() {
        let page = &pages[&kebab(reason)];
        assert!(page.starts_with(&format!("# {reason}\n")), "{reason}");
    }
}

#[test]
fn a_page_says_what_it_means_how_to_see_it_and_what_to_do() {
    for (name, text) in pages() {
        let mut rest = text.as_str();
        for part in PARTS {
            let (_, after) = rest
                .split_once(part)
                .unwrap_or_else(|| panic!("{name} has no{part}"));
            assert!(!after.trim().is_empty(), "{name} says nothing of{part}");
            rest = after;
        }
        // For whoever was just woken up.
        let lines = text.lines().count();
        assert!(lines <= 35, "{name} has {lines} lines");
    }
}

#[test]
fn every_link_of_the_runbook_leads_somewhere() {
    let index = fs::read_to_string(folder().join("README.md")).expect("the index");
    let mut all = pages();
    for name in all.keys() {
        assert!(index.contains(&format!("({name}.md)")), "{name}");
    }
    all.insert("README".to_owned(), index);
    for (name, text) in all {
        let links = text.split("](").skip(1);
        for link in links.filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().expect("a path");
            assert!(folder().join(file).exists(), "{name}: nothing at `{link}`");
        }
    }
}

#[test]
fn every_alert_leads_to_a_page() {
    let mut alerts = BTreeMap::new();
    for host in ["argocd", "flux"] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let text = fs::read_to_string(root.join(host).join("monitoring/rules.yaml"));
        let rules: Value = serde_saphyr::from_str(&text.expect("the rules")).expect("YAML");
        let groups = rules["spec"]["groups"].as_array().expect("groups");
        let rules = groups
            .iter()
            .flat_map(|group| group["rules"].as_array().expect("rules"));
        for rule in rules {
            let name = rule["alert"].as_str().expect("a name");
            let page = rule["annotations"]["runbook"].as_str().expect("a page");
            assert!(root.join(page).exists(), "{name}: nothing at `{page}`");
            let again = alerts.insert(name.to_owned(), rule.clone());
            // Where both hosts have an alert, it is the same.
            assert!(again.is_none_or(|other| other == *rule), "{name}");
        }
    }
    let pages: BTreeSet<&str> = alerts
        .values()
        .filter_map(|rule| rule["annotations"]["runbook"].as_str())
        .filter_map(|page| page.strip_prefix("docs/runbook/")?.strip_suffix(".md"))
        .collect();
    for page in ALERTED {
        assert!(pages.contains(page), "no alert leads to {page}");
    }
}
