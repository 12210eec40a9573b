//! What a person sees: whole outputs.

use crate::stage::{Stage, config, pods};

const ENTITY: &str = "\
apiVersion: getport.io/v1
kind: Entity
metadata: {name: pay, namespace: shop}
spec: {blueprint: service, identifier: pay, properties: {p: x}}
";

#[test]
fn a_first_merge_beside_the_blocks_of_others() {
    let stage = Stage::new(&config(&[pods()])).with_entities("pod", &["a", "b"]);
    stage.file("app/pay.yaml", ENTITY);
    let ran = stage.publish(&["app", "--dry-run"]);
    println!("{}", ran.stdout);
    println!("{}", ran.stderr);
    assert_eq!(ran.status, Some(0));
}
