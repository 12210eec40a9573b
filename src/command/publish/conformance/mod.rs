//! `--conformance`: what is only believed of the API, tried on an organisation.
//!
//! Two blueprints and an integration of its own, whose names nobody else has, are
//! made and removed again, also where something fails on the way. Invariant: nothing
//! that was there is written to.

mod proofs;

use anyhow::Context;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::{ask, write};
use crate::catalog_api::{ApiError, BELIEFS, Client};
use crate::cli::{Cli, PublishArgs};
use crate::command::render::format;
use crate::command::{Exit, connection, console};
use crate::config::Settings;
use crate::output::{Format, Proof, Proved, beliefs_json, beliefs_text};
use proofs::Trial;

pub(super) fn run(
    cli: &Cli,
    arguments: &PublishArgs,
    settings: &Settings,
    client: Client,
) -> anyhow::Result<Exit> {
    let runtime = connection::runtime()?;
    let organisation = runtime.block_on(client.organization())?;
    let name = organisation["name"].as_str().unwrap_or("without a name");
    let mut console = console(cli, Format::Text);
    let question = format!(
        "make two blueprints and an integration in organisation {name}, and remove them again?"
    );
    if !arguments.yes && !ask::may_go(&mut console, &question)? {
        console.note("nothing was written");
        return Ok(Exit::Findings);
    }
    // Letters first, as every identifier may begin.
    let trial = Trial::new(client, &format!("glint{:08x}", fastrand::u32(..)));
    console.step("make what it is tried on");
    let proved = proved(&trial, &runtime);
    console.step("remove it");
    let left = runtime.block_on(trial.clean());
    if !left.is_empty() {
        console.note(&format!("remove by hand: {}", left.join(", ")));
    }
    let proved = proved?;
    write(&match format(settings) {
        Format::Text => beliefs_text(name, &proved),
        Format::Json => beliefs_json(name, &proved),
    })?;
    let holds = |it: &Proved| matches!(it.proof, Proof::Proven | Proof::Untried(_));
    Ok(match proved.iter().all(holds) && left.is_empty() {
        true => Exit::Done,
        false => Exit::Findings,
    })
}

fn proved(trial: &Trial, runtime: &Runtime) -> anyhow::Result<Vec<Proved>> {
    runtime
        .block_on(trial.make())
        .context("what it is tried on can't be made")?;
    let proved = BELIEFS.iter().map(|belief| Proved {
        belief: *belief,
        proof: match runtime.block_on(trial.prove(belief.id)) {
            Ok(proof) => proof,
            Err(error) => Proof::Failed(error.to_string()),
        },
    });
    Ok(proved.collect())
}

/// What it is tried on, and what is left of it.
impl Trial {
    async fn make(&self) -> Result<(), ApiError> {
        let relation = |target: &str, required: bool| json!({"title": "To", "target": target, "required": required, "many": false});
        let blueprint = |id: &str, relations: Value| {
            json!({
                "identifier": id, "title": id, "relations": relations,
                "schema": {"properties": {"p": {"type": "string"}, "q": {"type": "string"}}},
            })
        };
        let own = blueprint(&self.one, json!({"to": relation(&self.one, false)}));
        let own_without = blueprint(&self.one, json!({}));
        // A blueprint may not be able to name itself before it is there.
        if self.client.create_blueprint(&own).await.is_err() {
            self.client.create_blueprint(&own_without).await?;
            let relations = json!({"relations": {"to": relation(&self.one, false)}});
            self.client.patch_blueprint(&self.one, &relations).await?;
        }
        let other = blueprint(&self.other, json!({"needs": relation(&self.one, true)}));
        self.client.create_blueprint(&other).await?;
        let integration = json!({
            "installationId": self.integration, "installationAppType": "K8S EXPORTER",
            "title": self.integration, "config": {"resources": []},
        });
        self.client.create_integration(&integration).await?;
        Ok(())
    }

    /// Removes all of it; what could not be removed, by name.
    async fn clean(&self) -> Vec<String> {
        let mut left = Vec::new();
        if self
            .client
            .delete_integration(&self.integration)
            .await
            .is_err()
        {
            left.push(format!("integration {}", self.integration));
        }
        // What needs the others goes first.
        for blueprint in [&self.other, &self.one] {
            if self.clean_blueprint(blueprint).await.is_err() {
                left.push(format!("blueprint {blueprint}"));
            }
        }
        left
    }

    async fn clean_blueprint(&self, blueprint: &str) -> Result<(), ApiError> {
        loop {
            let page = self.client.search_blueprint(blueprint, None, None).await;
            let entities = match page {
                Err(error) if error.status() == Some(404) => return Ok(()),
                page => page?.0,
            };
            if entities.is_empty() {
                break;
            }
            for entity in entities {
                self.client.delete_entity(&entity.identity, true).await?;
            }
        }
        self.client.delete_blueprint(blueprint).await?;
        Ok(())
    }
}
