//! The blueprints of targets and runs, made or extended.

use std::fmt;

use anyhow::Context;
use serde_json::Value;

use crate::catalog_api::Client;
use crate::report::{Relate, blueprints, extended};

/// What was done about a blueprint.
pub(super) struct Installed {
    blueprint: String,
    what: &'static str,
}

impl fmt::Display for Installed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "blueprint `{}` {}", self.blueprint, self.what)
    }
}

/// Makes what is missing; nothing that is there is removed or changed.
pub(super) async fn run(client: &Client, relations: &[Relate]) -> anyhow::Result<Vec<Installed>> {
    let mut installed = Vec::new();
    for blueprint in blueprints(relations) {
        let identifier = blueprint["identifier"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let what = one(client, &identifier, &blueprint)
            .await
            .with_context(|| format!("cannot make the blueprint `{identifier}`"))?;
        installed.push(Installed {
            blueprint: identifier,
            what,
        });
    }
    Ok(installed)
}

async fn one(client: &Client, identifier: &str, ours: &Value) -> anyhow::Result<&'static str> {
    let Some(theirs) = client.blueprint(identifier).await? else {
        client.create_blueprint(ours).await?;
        return Ok("created");
    };
    match extended(&theirs, ours)? {
        Some(change) => {
            client.patch_blueprint(identifier, &change).await?;
            Ok("extended")
        }
        None => Ok("is there"),
    }
}
