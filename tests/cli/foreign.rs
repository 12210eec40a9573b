//! Documents that are none of ours, however strange, leave with the bytes they
//! came with; the same strangeness in an entity is said, and passes too.

use crate::program::{post_rendered, said};

const ENTITY: &str = "\
apiVersion: glint.io/v1
kind: Entity
metadata:
  name: pay
  namespace: shop
spec:
  blueprint: service
  identifier: pay
";

/// The same entity as it leaves.
const ANNOTATED: &str = "\
apiVersion: glint.io/v1
kind: Entity
metadata:
  annotations:
    \"argocd.argoproj.io/sync-options\": \"SkipDryRunOnMissingResource=true\"
  name: pay
  namespace: shop
spec:
  blueprint: service
  identifier: pay
";

/// A strange value, in a ConfigMap and in an entity; the entity gives a finding
/// of this rule.
#[track_caller]
fn check(value: &[u8], rule: &str) {
    let foreign = document("apiVersion: v1\nkind: ConfigMap\ndata: ", value);
    let entity = document(
        "apiVersion: glint.io/v1\nkind: Entity\nmetadata: {name: odd}\nspec:\n  blueprint: service\n  identifier: odd\n  properties: ",
        value,
    );
    let separator = b"---\n".as_slice();
    let stream =
        |second: &str| [&foreign, separator, second.as_bytes(), separator, &entity].concat();
    let output = post_rendered(&stream(ENTITY), &["--crds", "never", "--mapping", "none"]);
    assert!(output.stdout == stream(ANNOTATED), "the bytes differ");
    let said = said(&output);
    assert_eq!(
        said.matches("[broken-entity]").count() + said.matches("[unsupported-entity]").count(),
        1,
        "{said}"
    );
    assert!(said.contains(rule), "{said}");
}

fn document(head: &str, value: &[u8]) -> Vec<u8> {
    [head.as_bytes(), value, b"\n"].concat()
}

#[test]
fn a_line_of_30_mb_passes() {
    let value = format!("{{a: \"{}\"}}", "x".repeat(30 * 1024 * 1024));
    check(value.as_bytes(), "[unsupported-entity]");
}

#[test]
fn brackets_100_000_deep_pass() {
    let value = format!("{{a: {}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    check(value.as_bytes(), "[unsupported-entity]");
}

#[test]
fn open_brackets_100_000_deep_pass() {
    check("[".repeat(100_000).as_bytes(), "-entity]");
}

#[test]
fn a_billion_laughs_pass() {
    let mut value = "\n    a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]".to_owned();
    for level in 1..12 {
        let below = format!("*a{}", level - 1);
        let ten = vec![below; 10].join(", ");
        value += &format!("\n    a{level}: &a{level} [{ten}]");
    }
    check(value.as_bytes(), "-entity]");
}

#[test]
fn bytes_that_are_no_utf8_pass() {
    check(b"{a: \"\xff\xfe\xc3\x28\"}", "-entity]");
}
