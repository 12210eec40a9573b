//! Kubernetes objects by chance, before anybody has chosen how to write them.

use super::random::Random;

/// A value and how free the writer is with it.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    /// A string, in any style that can hold it.
    Text(String),
    /// A plain scalar, to be written as it is.
    Plain(&'static str),
    Map(Vec<(String, Self)>),
    Seq(Vec<Self>),
}

impl Node {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    fn map<const N: usize>(members: [(&str, Self); N]) -> Self {
        Self::Map(members.map(|(key, value)| (key.to_owned(), value)).into())
    }

    /// Adds a member; the node must be a map.
    fn with(mut self, key: &str, value: Self) -> Self {
        if let Self::Map(members) = &mut self {
            members.push((key.to_owned(), value));
        }
        self
    }
}

/// Scalars that the versions of YAML and its readers disagree on.
const PLAIN: &[&str] = &[
    "yes",
    "no",
    "on",
    "off",
    "y",
    "n",
    "Yes",
    "NO",
    "On",
    "TRUE",
    "true",
    "False",
    "0644",
    "0o644",
    "-0644",
    "08",
    "1_000",
    "0x1F",
    "0x_1F",
    "0b1010",
    "+12",
    "-0",
    "1e3",
    "12e03",
    "1.",
    ".5",
    "1.0",
    "-1.5e-3",
    "12:30:45",
    "12:30",
    "2001-01-01",
    "2001-12-14t21:59:43.10-05:00",
    "~",
    "null",
    "Null",
    "NULL",
    "",
    "18446744073709551615",
    "9223372036854775808",
    "1e400",
    "=",
    "v1",
    "a",
    "a b",
    "a#b",
    "http://a:80/b?c=d",
    "a  b",
    "é",
    "🚀",
    "--",
    "---x",
    "0",
    "1",
    "42",
    "5.0",
    "123456789012345678901234567890",
    "0777",
    "1__0",
    "y es",
    "nan",
    "inf",
    "1e-7",
];

/// Scalars that Go refuses, or reads only in some places.
const HARSH: &[&str] = &[
    ".inf", ".nan", "@a", "%a", "a: b", "`a`", "[a", "\"a", "- x", "-",
];

const KEYS: &[&str] = &[
    "a",
    "b",
    "c",
    "name",
    "value",
    "image",
    "env",
    "y",
    "on",
    "0644",
    "1e3",
    "true",
    "n",
    "a.b/c",
    "a-b",
    "a b",
    "é",
    "0x1F",
    "1.0",
    "items",
    "metadata",
    "kind",
    "spec",
    "replicas",
    "data",
    "url",
    "port",
    "annotations",
    "labels",
    "x",
];

const HARSH_KEYS: &[&str] = &["null", "~", "", "{a: b}"];

const TEXTS: &[&str] = &[
    "text",
    "",
    " ",
    "yes",
    "0644",
    "a\nb\n",
    "a\n\nb",
    "a\n",
    "\na",
    "a\n\n\n",
    "  a\n b\n",
    "a: b",
    "# no comment",
    "'",
    "\"",
    "it's \"x\"",
    "tab\there",
    "é🚀",
    "a\\b",
    "{{ .Values.x }}",
    "${VAR}",
    "apiVersion: glint.io/v1\nkind: Entity\n",
    "---\napiVersion: glint.io/v1\n",
    "trailing \n",
];

/// Any object that a stream may hold.
pub(crate) fn object(random: &mut Random) -> Node {
    match random.below(100) {
        0..45 => entity(random),
        45..70 => foreign(random),
        70..79 => config_map(random),
        79..87 => list(random, 2),
        87..93 => glint_crd(random),
        93..96 => foreign_crd(random),
        _ => near_entity(random),
    }
}

pub(crate) fn entity(random: &mut Random) -> Node {
    let kind = random.pick(&["Entity", "Entity", "ClusterEntity"]);
    let mut spec = Node::map([("blueprint", Node::text(random.pick(&["service", "team"])))]);
    if !random.chance(100) {
        spec = spec.with("identifier", Node::text(format!("id-{}", random.below(50))));
    }
    if random.chance(800) {
        spec = spec.with("properties", tree(random, 2));
    }
    if random.chance(500) {
        let team = Node::text(random.pick(&["shop", "pay"]));
        spec = spec.with("relations", Node::map([("team", team)]));
    }
    let mut metadata = metadata(random);
    if let Some(annotations) = annotations(random) {
        metadata = metadata.with("annotations", annotations);
    }
    if random.chance(15) {
        metadata = metadata.with("annotations", Node::map([("twice", Node::text("x"))]));
    }
    let mut entity = typed("glint.io/v1", kind)
        .with("metadata", metadata)
        .with("spec", spec);
    if random.chance(50) {
        entity = entity.with("status", tree(random, 1));
    }
    shuffled(entity, random)
}

fn typed(api_version: &str, kind: &str) -> Node {
    Node::map([
        ("apiVersion", Node::text(api_version)),
        ("kind", Node::text(kind)),
    ])
}

fn metadata(random: &mut Random) -> Node {
    let mut metadata = Node::map([("name", Node::text(format!("n{}", random.below(50))))]);
    if random.chance(500) {
        metadata = metadata.with("namespace", Node::text("shop"));
    }
    if random.chance(400) {
        let labels = [("app", Node::text("x")), ("tier", Node::text("yes"))];
        metadata = metadata.with("labels", Node::map(labels));
    }
    shuffled(metadata, random)
}

fn annotations(random: &mut Random) -> Option<Node> {
    const NAMES: &[&str] = &[
        "gitops.glint.io/application",
        "gitops.glint.io/source-path",
        "gitops.glint.io/unknown",
        "argocd.argoproj.io/sync-options",
        "argocd.argoproj.io/compare-options",
        "kustomize.toolkit.fluxcd.io/substitute",
        "glint.io/title",
        "glint.io/team",
        "a",
        "example.com/very-long-annotation-name",
    ];
    const VALUES: &[&str] = &[
        "old",
        "",
        "SkipDryRunOnMissingResource=true",
        "Prune=false",
        "Prune=false, Replace=true",
        "yes",
        "a\nb\n",
        "it's: \"x\" # y",
    ];
    match random.below(20) {
        0..7 => None,
        7 => Some(Node::Plain("")),
        8 => Some(Node::Plain(random.pick(&["~", "null", "Null"]))),
        9 => Some(Node::Map(Vec::new())),
        _ => {
            let mut names = NAMES.to_vec();
            random.shuffle(&mut names);
            let count = 1 + random.below(4);
            let members = names[..count].iter().map(|name| {
                // A value of ours that is no string is replaced by one that is.
                let ours = name.starts_with("gitops.glint.io/");
                let value = if !ours && random.chance(15) {
                    Node::Plain(random.pick(PLAIN))
                } else {
                    Node::text(random.pick(VALUES))
                };
                ((*name).to_owned(), value)
            });
            Some(Node::Map(members.collect()))
        }
    }
}

fn foreign(random: &mut Random) -> Node {
    let (api_version, kind) = [
        ("apps/v1", "Deployment"),
        ("v1", "Service"),
        ("example.com/v1", "Entity"),
        ("getport.io/v1", "Entity"),
    ][random.below(4)];
    let object = typed(api_version, kind)
        .with("metadata", metadata(random))
        .with("spec", tree(random, 3));
    shuffled(object, random)
}

/// A ConfigMap that holds an entity as text, which nobody may touch.
fn config_map(random: &mut Random) -> Node {
    let text = random.pick(&[
        "apiVersion: glint.io/v1\nkind: Entity\nmetadata:\n  name: x\nspec: {}\n",
        "{\"apiVersion\":\"glint.io/v1\",\"kind\":\"Entity\"}",
        " ---\napiVersion: glint.io/v1\nkind: ClusterEntity\n",
    ]);
    let data = Node::map([("entity.yaml", Node::text(text)), ("on", Node::text("off"))]);
    let object = typed("v1", "ConfigMap")
        .with("metadata", metadata(random))
        .with("data", data);
    shuffled(object, random)
}

/// A list; inside of another one it holds no CRD of Glint's, because that deep
/// only kubectl looks.
fn list(random: &mut Random, depth: usize) -> Node {
    let count = random.below(4);
    if random.chance(400) {
        let items = (0..count).map(|_| entity(random)).collect();
        return typed("glint.io/v1", "EntityList").with("items", Node::Seq(items));
    }
    let items = (0..count).map(|_| match random.below(10) {
        0 if depth > 0 => list(random, depth - 1),
        1 if depth == 2 => glint_crd(random),
        2..5 => foreign(random),
        5 => near_entity(random),
        _ => entity(random),
    });
    typed("v1", "List").with("items", Node::Seq(items.collect()))
}

fn glint_crd(random: &mut Random) -> Node {
    let (plural, kind) =
        [("entities", "Entity"), ("clusterentities", "ClusterEntity")][random.below(2)];
    let names = Node::map([("kind", Node::text(kind)), ("plural", Node::text(plural))]);
    let spec = Node::map([("group", Node::text("glint.io")), ("names", names)]);
    let mut metadata = Node::map([("name", Node::text(format!("{plural}.glint.io")))]);
    if random.chance(400) {
        let options = Node::text(random.pick(&["Replace=true", "Prune=false", "Validate=false"]));
        let annotations = Node::map([(SYNC_OPTIONS, options), ("a", Node::text("b"))]);
        metadata = metadata.with("annotations", annotations);
    }
    let object = typed("apiextensions.k8s.io/v1", "CustomResourceDefinition")
        .with("metadata", metadata)
        .with("spec", spec);
    shuffled(object, random)
}

const SYNC_OPTIONS: &str = "argocd.argoproj.io/sync-options";

fn foreign_crd(random: &mut Random) -> Node {
    let spec = Node::map([("group", Node::text("example.com"))]);
    let name = Node::map([("name", Node::text("things.example.com"))]);
    let object = typed("apiextensions.k8s.io/v1", "CustomResourceDefinition")
        .with("metadata", name)
        .with("spec", spec);
    shuffled(object, random)
}

/// What looks like an entity at first sight, and what isn't an object at all.
fn near_entity(random: &mut Random) -> Node {
    match random.below(8) {
        0 => typed("glint.io/v1", "Entity"),
        1 => typed("glint.io/v1", "Entity").with("metadata", Node::Plain("")),
        2 => typed("glint.io/v1", "Entity").with("metadata", Node::Seq(Vec::new())),
        3 => typed("glint.io/v1beta1", "Entity").with("metadata", metadata(random)),
        4 => typed("glint.io/v1", "Thing").with("metadata", metadata(random)),
        5 => typed("v1", "Pod").with("spec", entity(random)),
        6 => Node::map([("apiVersion", Node::text("glint.io/v1"))]),
        _ => tree(random, 2),
    }
}

fn tree(random: &mut Random, depth: usize) -> Node {
    match random.below(if depth == 0 { 6 } else { 10 }) {
        0..3 => Node::text(random.pick(TEXTS)),
        3..6 if random.chance(5) => Node::Plain(random.pick(HARSH)),
        3..6 => Node::Plain(random.pick(PLAIN)),
        6..9 => {
            let count = random.below(5);
            let members = (0..count).map(|_| {
                let harsh = random.chance(3);
                let keys = if harsh { HARSH_KEYS } else { KEYS };
                let key = random.pick(keys).to_owned();
                (key, tree(random, depth - 1))
            });
            Node::Map(members.collect())
        }
        _ => {
            let count = random.below(4);
            Node::Seq((0..count).map(|_| tree(random, depth - 1)).collect())
        }
    }
}

fn shuffled(mut node: Node, random: &mut Random) -> Node {
    if let Node::Map(members) = &mut node
        && random.chance(600)
    {
        random.shuffle(members);
    }
    node
}
