//! The requests of every phase, whole.

use std::fs;

use insta::Settings;

use super::catalog::Catalog;
use super::{folder, object, result};
use crate::report::{Reported, Seen, Watch, requests};

#[test]
fn every_phase_of_an_application() {
    check("argocd");
}

#[test]
fn every_phase_of_flux() {
    check("flux");
}

/// Holds the requests of each object against a file.
#[track_caller]
fn check(host: &str) {
    let mut settings = Settings::clone_current();
    settings.set_snapshot_path(folder().join("snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for name in names(host) {
        let result = result(&object(host, &name));
        let requests = requests(
            &result,
            &Reported::default(),
            &Seen::default(),
            &Watch::default(),
        );
        let mut text = String::new();
        for (blueprint, body) in &requests {
            text.push_str(&format!("{blueprint}\n{body:#}\n"));
        }
        assert!(!text.contains("CANARY"), "{text}");
        settings.bind(|| insta::assert_snapshot!(format!("{host}-{name}"), text));

        let mut catalog = Catalog::default();
        assert_eq!(catalog.report(&result).len(), requests.len());
        assert_eq!(catalog.report(&result), [""; 0], "{name} is reported twice");
    }
}

fn names(host: &str) -> Vec<String> {
    let files = fs::read_dir(folder().join(host)).expect("there is such a folder");
    let mut names: Vec<String> = files
        .map(|file| {
            file.expect("it can be read")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .filter_map(|file| Some(file.split_once('.')?.0.to_owned()))
        .collect();
    names.sort();
    names
}
