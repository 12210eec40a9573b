//! `crds`: Glint's CRDs, to be applied once.

use super::{Exit, print};
use crate::catalog::EntityKind;
use crate::cli::{CrdFormat, CrdKind, CrdsArgs};
use crate::config::Settings;
use crate::render::{crd_json, crd_yaml};

pub(super) fn run(settings: &Settings, arguments: &CrdsArgs) -> anyhow::Result<Exit> {
    let kinds = match arguments.kind {
        Some(CrdKind::Entity) => vec![EntityKind::Entity],
        Some(CrdKind::ClusterEntity) => vec![EntityKind::ClusterEntity],
        None => EntityKind::ALL.to_vec(),
    };
    let dialect = settings.dialect;
    let text = match arguments.format {
        CrdFormat::Yaml => {
            let crds: Vec<&str> = kinds.iter().map(|kind| crd_yaml(dialect, *kind)).collect();
            crds.join("---\n")
        }
        CrdFormat::Json => kinds
            .iter()
            .map(|kind| format!("{}\n", crd_json(dialect, *kind)))
            .collect(),
    };
    print(text.as_bytes())
}
