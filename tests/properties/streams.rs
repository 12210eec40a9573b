//! Realistic streams: Glint's objects in every way of writing them, beside
//! whatever else stands in a repository.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};

use crate::dice::Dice;
use crate::writer::{self, Model};

/// What a document is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Foreign,
    Entity,
    Crd,
    Fragment,
    List,
}

/// How the documents of a stream are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Yaml,
    Json,
    JsonThenYaml,
}

/// A stream's bytes.
pub(crate) fn stream() -> impl Strategy<Value = Vec<u8>> {
    let kind = prop_oneof![
        3 => Just(Kind::Foreign),
        5 => Just(Kind::Entity),
        1 => Just(Kind::Crd),
        1 => Just(Kind::Fragment),
        2 => Just(Kind::List),
    ];
    let form = prop_oneof![
        6 => Just(Form::Yaml),
        2 => Just(Form::Json),
        1 => Just(Form::JsonThenYaml),
    ];
    let documents = vec((kind, any::<u32>()), 0..5);
    (form, documents, any::<u32>()).prop_map(|(form, documents, seed)| {
        let mut dice = Dice::new(seed.into());
        join(form, &documents, &mut dice)
    })
}

/// One document of a kind, in YAML.
fn yaml_document(kind: Kind, dice: &mut Dice) -> Vec<u8> {
    let model = match kind {
        Kind::Foreign => return foreign(dice),
        Kind::Entity => entity(dice),
        Kind::Crd => crd(dice),
        Kind::Fragment => fragment(dice),
        Kind::List => list(dice),
    };
    let mut text = match dice.below(8) {
        6 => writer::flow(&model, dice) + "\n",
        7 => {
            writer::json(&model, dice)
                .replace('\t', " ")
                .replace("\\/", "/")
                + "\n"
        }
        _ => writer::block(&model, dice),
    };
    if dice.once_in(10) {
        text = format!("# Source: shop/templates/x.yaml\n{text}");
    }
    if dice.once_in(20) {
        text.push_str("...\nkind: [never read\n");
    }
    text.into_bytes()
}

fn json_document(kind: Kind, dice: &mut Dice) -> String {
    let model = match kind {
        Kind::Foreign => Model::map(vec![
            ("apiVersion", Model::text("v1")),
            ("kind", Model::text("ConfigMap")),
            ("metadata", Model::map(vec![("name", Model::text("x"))])),
            (
                "data",
                Model::map(vec![("a/b", Model::text("glint.io/v1 \u{1f680}\u{2028}"))]),
            ),
        ]),
        Kind::Entity => entity(dice),
        Kind::Crd => crd(dice),
        Kind::Fragment => fragment(dice),
        Kind::List => list(dice),
    };
    writer::json(&model, dice)
}

fn join(form: Form, documents: &[(Kind, u32)], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (index, (kind, seed)) in documents.iter().enumerate() {
        let mut own = Dice::new((*seed).into());
        let as_json = form == Form::Json || (form == Form::JsonThenYaml && index == 0);
        if as_json {
            bytes.extend(json_document(*kind, &mut own).into_bytes());
            let behind = match form {
                Form::JsonThenYaml => {
                    dice.pick(&["\n---\n", " ---\n", "\n\n---\n", "\n", "\n--- # c\n"])
                }
                Form::Json | Form::Yaml => dice.pick(&["\n", "", "\n\n", " \t"]),
            };
            bytes.extend_from_slice(behind.as_bytes());
            continue;
        }
        let separator = match index {
            0 => dice.pick(&[
                "",
                "---\n",
                "\u{feff}",
                "# c\n",
                "--- # first\n",
                "---\n---\n",
            ]),
            _ => dice.pick(&[
                "---\n",
                "---\n",
                "--- # c\n",
                "---#c\n",
                "---  \t\n",
                "\n---\n---\n",
            ]),
        };
        if index > 0 && !bytes.is_empty() && !bytes.ends_with(b"\n") {
            bytes.push(b'\n');
        }
        bytes.extend_from_slice(separator.as_bytes());
        bytes.extend(yaml_document(*kind, &mut own));
    }
    if form == Form::Yaml && dice.once_in(8) {
        bytes = with_crlf(&bytes);
    }
    if dice.once_in(6) {
        while bytes.ends_with(b"\n") || bytes.ends_with(b"\r") {
            bytes.pop();
        }
    }
    bytes
}

fn with_crlf(bytes: &[u8]) -> Vec<u8> {
    let lines: Vec<&[u8]> = bytes
        .split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .collect();
    lines.join(&b"\r\n"[..])
}

fn entity(dice: &mut Dice) -> Model {
    let kind = dice.pick(&["Entity", "Entity", "ClusterEntity"]);
    let version = dice.pick(&["glint.io/v1", "glint.io/v1", "glint.io/v1", "getport.io/v1"]);
    let name = dice.pick(&["checkout", "cart", "y", "12e03", "grün \u{1f680}"]);
    let mut metadata = vec![("name", Model::text(name))];
    if dice.once_in(2) {
        metadata.push(("namespace", Model::text(dice.pick(&["shop", "", "on"]))));
    }
    if dice.once_in(4) {
        metadata.push(("labels", Model::raw("&shared {a: b}")));
    }
    if let Some(annotations) = annotations(dice) {
        metadata.push(("annotations", annotations));
    }
    let metadata = match dice.below(30) {
        27 => Model::raw("null"),
        28 => Model::raw("&m {name: x}"),
        29 => Model::raw("{<<: {name: x}}"),
        _ => Model::map(metadata),
    };
    let mut fields = vec![
        ("apiVersion", Model::text(version)),
        ("kind", Model::text(kind)),
        ("metadata", metadata),
        ("spec", spec(dice)),
    ];
    if dice.once_in(3) {
        shuffle(dice, &mut fields);
    }
    match dice.below(40) {
        37 => fields.push(("metadata", Model::raw("{name: again}"))),
        38 => fields.push(("other", Model::raw("&o [*o2, &o2 x]"))),
        39 => fields.push((
            "status",
            Model::raw("{a: 0644, b: yes, c: 2001-01-01, d: 1e3}"),
        )),
        _ => {}
    }
    Model::map(fields)
}

/// Puts elements in another order.
fn shuffle<T>(dice: &mut Dice, elements: &mut [T]) {
    for at in (1..elements.len()).rev() {
        let other = at - dice.below(at + 1);
        elements.swap(at, other);
    }
}

fn annotations(dice: &mut Dice) -> Option<Model> {
    const KEYS: [&str; 8] = [
        "gitops.glint.io/application",
        "gitops.glint.io/source-path",
        "gitops.glint.io/deliver",
        "gitops.glint.io/other",
        "argocd.argoproj.io/sync-options",
        "argocd.argoproj.io/sync-wave",
        "helm.sh/hook",
        "glint.io/title",
    ];
    match dice.below(8) {
        0 | 1 => return None,
        2 => return Some(Model::raw(dice.pick(&["", "null", "~", "{}"]))),
        3 if dice.once_in(2) => return Some(Model::raw("*shared")),
        _ => {}
    }
    let mut entries = Vec::new();
    for _ in 0..dice.below(4) {
        let key = dice.pick(&KEYS);
        let value = match dice.below(8) {
            0 => Model::text("shop"),
            1 => Model::text("old"),
            2 => Model::text("false"),
            3 => Model::text("Prune=false"),
            4 => Model::text("A=b,SkipDryRunOnMissingResource=true"),
            5 => Model::text("two\nlines\n"),
            6 => Model::raw(dice.pick(&["!!str shop", "&v shop", "null", "", "1", "yes"])),
            _ => Model::text("${{ x }} $$"),
        };
        if !entries.iter().any(|(known, _)| *known == key) || dice.once_in(10) {
            entries.push((key, value));
        }
    }
    Some(Model::map(entries))
}

fn spec(dice: &mut Dice) -> Model {
    let blueprint = dice.pick(&["service", "system", "a b", ""]);
    let identifier = dice.pick(&["checkout", "cart", "team/x", "y"]);
    let mut properties = Vec::new();
    for name in ["tier", "url", "on", "a.b"] {
        if dice.once_in(2) {
            let value = match dice.below(6) {
                0 => Model::text("gold"),
                1 => Model::text("a: b # c"),
                2 => Model::raw(dice.pick(&["1", "0644", "yes", "2001-01-01", "null", "1_000"])),
                3 => Model::List(vec![Model::text("x"), Model::raw("1.5")]),
                4 => Model::text("line\n  indented\n---\n"),
                _ => Model::text("${{ github.sha }}"),
            };
            properties.push((name, value));
        }
    }
    let mut fields = vec![
        ("blueprint", Model::text(blueprint)),
        ("identifier", Model::text(identifier)),
    ];
    if dice.once_in(2) {
        fields.push(("properties", Model::map(properties)));
    }
    if dice.once_in(2) {
        fields.push(("relations", Model::map(vec![("team", Model::text("a"))])));
    }
    if dice.once_in(10) {
        fields.push(("title", Model::text("no field")));
    }
    Model::map(fields)
}

fn crd(dice: &mut Dice) -> Model {
    let name = dice.pick(&[
        "entities.glint.io",
        "clusterentities.glint.io",
        "entities.getport.io",
    ]);
    let mut metadata = vec![("name", Model::text(name))];
    if dice.once_in(3) {
        metadata.push(("namespace", Model::text("shop")));
    }
    if dice.once_in(2) {
        let annotations = vec![
            (
                "helm.sh/resource-policy",
                Model::text(dice.pick(&["keep", "other"])),
            ),
            ("argocd.argoproj.io/sync-options", Model::text("Prune=true")),
        ];
        metadata.push(("annotations", Model::map(annotations)));
    }
    Model::map(vec![
        ("apiVersion", Model::text("apiextensions.k8s.io/v1")),
        ("kind", Model::text("CustomResourceDefinition")),
        ("metadata", Model::map(metadata)),
        ("spec", Model::map(vec![("group", Model::text("glint.io"))])),
    ])
}

fn fragment(dice: &mut Dice) -> Model {
    let name = dice.pick(&["glint-shop-7f0c6a32", "glint-stream-00000000"]);
    let label = dice.pick(&["true", "true", "false"]);
    let labels = Model::map(vec![("gitops.glint.io/fragment", Model::text(label))]);
    Model::map(vec![
        ("apiVersion", Model::text("v1")),
        ("kind", Model::text("ConfigMap")),
        (
            "metadata",
            Model::map(vec![("name", Model::text(name)), ("labels", labels)]),
        ),
        (
            "data",
            Model::map(vec![("fragment.json", Model::text("{}\n"))]),
        ),
    ])
}

fn list(dice: &mut Dice) -> Model {
    let mut items = Vec::new();
    for _ in 0..dice.below(4) {
        items.push(match dice.below(6) {
            0..=2 => entity(dice),
            3 => crd(dice),
            4 => fragment(dice),
            _ => Model::map(vec![
                ("apiVersion", Model::text("v1")),
                ("kind", Model::text("List")),
                ("items", Model::List(vec![entity(dice)])),
            ]),
        });
    }
    let items = match dice.below(12) {
        10 => Model::raw("null"),
        11 => Model::raw("[]"),
        _ => Model::List(items),
    };
    let (version, kind) = match dice.below(4) {
        3 => ("glint.io/v1", "EntityList"),
        _ => ("v1", "List"),
    };
    Model::map(vec![
        ("apiVersion", Model::text(version)),
        ("kind", Model::text(kind)),
        ("items", items),
    ])
}

/// Documents that are none of ours, among them what is hard to read.
const FOREIGN: [&[u8]; 26] = [
    b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n",
    b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: text}\ndata:\n  entity.yaml: |\n    apiVersion: glint.io/v1\n    kind: Entity\n    metadata:\n      name: x\n  b: yes\n",
    b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: text}\ndata:\n  a: >-\n    glint.io/v1 folded\n\n\n    text\n",
    b"apiVersion: apps/v1\nkind: Deployment\nmetadata: &m\n  name: d # c\nspec:\n  template: {metadata: *m}\n",
    b"apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n",
    b"# nothing but glint.io\n",
    b"null\n",
    b"~ # c\n",
    b"\n\n",
    b"{}\n",
    b"kind: Broken\n  a: [glint.io\n",
    b"apiVersion: glint.io/v1\nkind: Entity\n  bad: [\n",
    b"apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {a: !!binary aGVsbG8=}\n",
    b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bytes} # \xff\xfe glint.io\n",
    b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {a: \"\\x41\\\n  b\"}\n",
    b"apiVersion: glint.io/v1\nkind: EntityClass\nmetadata: {name: x}\n",
    b"apiVersion: glint.io/v2\nkind: Entity\nmetadata: {name: x}\n",
    b"apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  annotations: {helm.sh/hook: test}\n",
    b"kind: Pod\napiVersion: v1\nmetadata: {name: nel\xc2\x85, g: glint.io}\n",
    b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: tabs}\ndata:\n  a: |\n    x\ty\n  \t\n",
    b"apiVersion: v1\nkind: Service\nmetadata: {name: glint.io}\nspec: {ports: [{port: 80}]}\n",
    b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata:\n  kept: |+\n    glint.io\n\n\n",
    b"- a\n- glint.io\n",
    b"just a text with glint.io\n",
    b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\nbinaryData: {g: !<tag:yaml.org,2002:binary> Z2xpbnQ=}\n",
    b"a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: glint.io}\n",
];

fn foreign(dice: &mut Dice) -> Vec<u8> {
    dice.pick(&FOREIGN).to_vec()
}
