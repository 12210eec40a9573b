//! `yaml.jsonl` once more: where Argo CD's plugin route sees something else than
//! kubectl, an entity written like that gets a finding that says so.

use std::collections::BTreeSet;

use glint_gitops::{
    Claimant, ClusterKinds, CrdPolicy, Delivery, Dialect, Emptiness, Host, MappingPlacement,
    Options, Provenance, Source, SourceFormat, Style, render,
};
use serde_json::Value;

use crate::yaml::bytes;
use crate::{Refusals, Verdict, run_where};

fn options() -> Options {
    Options {
        dialect: Dialect::Glint,
        host: Host::ArgoCd,
        crds: CrdPolicy::Never,
        cluster: ClusterKinds::Known(BTreeSet::new()),
        provenance: Provenance::default(),
        delivery: Delivery::Delivered,
        mapping: MappingPlacement::None,
        style: Style::Generic,
        claims: None,
        claimant: Claimant::default(),
        emptiness: Emptiness::Refused,
    }
}

fn verdict(case: &Value) -> Verdict {
    // The cases speak of a kind that is nobody's; ours are read the same way.
    let stream = replace(&bytes(case), b"example.com/v1", b"glint.io/v1");
    let source = Source {
        name: "case.yaml",
        text: &stream,
        format: SourceFormat::Stream,
    };
    match render(&[source], &options()) {
        Ok(rendered) => {
            let rules: Vec<&str> = rendered.findings.iter().map(|found| found.rule).collect();
            match rules.contains(&"argocd-reading") {
                true => Verdict::Held,
                false => Verdict::Wrong(format!("only {rules:?}")),
            }
        }
        Err(error) => Verdict::Wrong(error.to_string()),
    }
}

fn replace(text: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut result = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.windows(old.len()).position(|window| window == old) {
        result.extend_from_slice(&rest[..at]);
        result.extend_from_slice(new);
        rest = &rest[at + old.len()..];
    }
    result.extend_from_slice(rest);
    result
}

#[test]
fn what_argocd_reads_otherwise_is_a_finding() {
    run_where(
        "yaml",
        "argocd",
        |case| case.get("argocd").is_some(),
        Refusals { allowed: 0, of: 1 },
        verdict,
    );
}
