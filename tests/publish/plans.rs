//! What a person sees: whole outputs.

use serde_json::json;

use crate::stage::{Ran, Stage, config, pods, services};

fn entity(name: &str, blueprint: &str) -> String {
    format!(
        "apiVersion: getport.io/v1\nkind: Entity\nmetadata: {{name: {name}, namespace: shop}}\n\
         spec: {{blueprint: {blueprint}, identifier: {name}, properties: {{p: x}}}}\n---\n"
    )
}

fn show(title: &str, ran: &Ran) {
    println!(
        "=== {title}: {:?}\n{}--- stderr\n{}",
        ran.status, ran.stdout, ran.stderr
    );
}

#[test]
fn a_first_merge_beside_the_blocks_of_others() {
    let stage = Stage::new(&config(&[pods()])).with_entities("pod", &["a", "b"]);
    stage.file(
        "app/pay.yaml",
        &(entity("pay", "svc") + &entity("shop", "system")),
    );
    show("merge", &stage.publish(&["app", "--dry-run"]));
    show(
        "merge json",
        &stage.publish(&["app", "--dry-run", "--format", "json"]),
    );
    show("push", &stage.publish(&["app", "--yes", "--no-wait"]));
    show("again", &stage.publish(&["app", "--yes", "--no-wait"]));
    let names: Vec<String> = (0..14).map(|it| format!("s{it:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let stage = Stage::new(&config(&[pods(), services()]))
        .with_entities("svc", &names)
        .with_entities("pod", &["a"]);
    let mut new = config(&[pods()]);
    new["deleteDependents"] = json!(true);
    stage.file("new.json", &new.to_string());
    show(
        "refused",
        &stage.publish(&["--mapping", "new.json", "--replace", "--yes"]),
    );
    show(
        "merge refused",
        &stage.publish(&["--mapping", "new.json", "--yes"]),
    );
    show(
        "never",
        &stage.publish(&["--mapping", "new.json", "--replace", "--env", "x"]),
    );
}
