//! What `postBuild` does to a stream of ours.

use serde_json::json;

use super::{Flux, Kustomization};
use crate::streams::post_render;

/// An entity with a description.
fn entity(namespace: &str, name: &str, description: &str) -> String {
    format!(
        "---
apiVersion: glint.io/v1
kind: Entity
metadata:
  name: {name}
  namespace: {namespace}
spec:
  blueprint: service
  identifier: {name}
  properties:
    description: {description}
"
    )
}

#[test]
fn variables_in_entities_are_substituted_and_what_cannot_be_is_kept() {
    let flux = Flux::shared();
    let namespace = "substituted";
    let entities = [
        ("plain", "runs in ${region} of $${region}, costs $5"),
        ("template", "\"built from ${{ github.sha }} in ${region}\""),
        ("jq", "'${.spec.identifier}'"),
        // A finding names this field in the fragment.
        ("field", "x\n    \"${region}\": x"),
    ];
    let entities = entities.map(|(name, description)| entity(namespace, name, description));
    let stream = post_render("flux", &entities.concat(), &["--application", "app"]);
    let app = flux.kustomization(namespace);
    let revision = app.publish_stream(&stream);
    let variables = json!({"postBuild": {"substitute": {"region": "eu"}}});
    app.apply(variables).ready(&revision);

    let properties = |name| {
        let entity = flux.cluster().get("entities.glint.io", namespace, name);
        entity.expect("the entity is there")["spec"]["properties"].clone()
    };
    assert_eq!(
        properties("plain"),
        json!({"description": "runs in eu of ${region}, costs $5"})
    );
    assert_eq!(
        properties("template"),
        json!({"description": "built from ${{ github.sha }} in ${region}"})
    );
    assert_eq!(
        properties("jq"),
        json!({"description": "${.spec.identifier}"})
    );
    assert_eq!(properties("field"), json!({"description": "x", "eu": "x"}));
    let fragment = flux.cluster().names("configmaps", namespace).remove(0);
    let fragment = flux.cluster().get("configmaps", namespace, &fragment);
    let findings = fragment.expect("the fragment is there")["data"]["findings.json"].clone();
    let findings = findings.as_str().expect("findings");
    assert!(
        findings.contains(r#".spec.properties[\"${region}\"]"#),
        "{findings}"
    );
}

#[test]
fn nothing_is_substituted_without_variables() {
    let flux = Flux::shared();
    let app = flux.kustomization("no-variables");
    let description = "runs in ${region}, costs $$5";
    let entity = entity("no-variables", "pay", description);
    let revision = app.publish_stream(&post_render("flux", &entity, &[]));
    app.apply(json!({})).ready(&revision);
    let entity = flux
        .cluster()
        .get("entities.glint.io", "no-variables", "pay");
    let entity = entity.expect("the entity is there");
    assert_eq!(entity["spec"]["properties"]["description"], description);
}

#[test]
fn a_variable_that_is_not_set_fails_the_kustomization() {
    let stream = post_render("flux", &entity("unset", "pay", "runs in ${region}"), &[]);
    check_fails(
        "unset",
        &stream,
        "post build failed for 'Entity.v1.glint.io/pay': envsubst error: variable substitution \
         failed: variable not set (strict mode): \"region\"",
    );
}

#[test]
fn text_that_flux_cannot_parse_passes_only_through_us() {
    check_kept(
        "github",
        "\"built from ${{ github.sha }}\"",
        "post build failed for 'Entity.v1.glint.io/pay': envsubst error: variable substitution \
         failed: unable to parse variable name",
    );
    check_kept(
        "jq",
        "'${.spec.identifier}'",
        "post build failed for 'Entity.v1.glint.io/pay': envsubst error: variable substitution \
         failed: unable to parse variable name",
    );
    check_kept(
        "dashed",
        "'${my-name}'",
        "post build failed for 'Entity.v1.glint.io/pay': envsubst error: variable substitution \
         failed: missing closing brace",
    );
}

/// An entity with a text that fails the Kustomization as it is, and does not
/// once it is post-rendered.
#[track_caller]
fn check_kept(namespace: &str, description: &str, message: &str) {
    let entity = entity(namespace, "pay", description);
    let app = check_fails(namespace, &entity, message);
    let revision = app.publish_stream(&post_render("flux", &entity, &[]));
    app.ready(&revision);
}

/// A stream that fails the build where there are variables.
#[track_caller]
fn check_fails<'a>(namespace: &'a str, stream: &str, message: &str) -> Kustomization<'a> {
    let app = Flux::shared().kustomization(namespace);
    app.publish_stream(stream);
    let variables = json!({"postBuild": {"substitute": {"other": "x"}}});
    assert_eq!(app.apply(variables).failed("BuildFailed"), message);
    app
}
