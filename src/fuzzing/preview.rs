//! The exporter's config, evaluated here and in a process of its own: what that
//! process reads, what it does, and what is read of its answer.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::catalog::Dialect;
use crate::command::evaluated;
use crate::exporter::{
    Answer, Config, Preview, Task, Told, answer_of, environment, in_cluster, preview,
};

const DIALECT: Dialect = Dialect::Port;

/// The value of an object that is no part of any message.
const CANARY: &str = "canary-4711";

/// A config that the exporter decodes, an object as it was given and twice as the
/// cluster may have it, and what the exporter sends.
struct Case {
    config: Value,
    variables: BTreeMap<String, String>,
    blocks: Vec<usize>,
    objects: [Value; 3],
    preview: Preview,
}

impl Case {
    /// From `CONFIG\0OBJECT`, both JSON; of a config one row is enough.
    fn of(bytes: &[u8]) -> Option<Self> {
        let [config, object] = super::parts(bytes).map(serde_json::from_slice::<Value>);
        let (config, mut object) = (config.ok()?, object.ok()?);
        if object.is_object() {
            object["canary"] = CANARY.into();
        }
        let variables = BTreeMap::from([("CLUSTER_NAME".to_owned(), "c1".to_owned())]);
        if let Answer::Unsupported(reason) = answer_of(&config, &object, DIALECT, &variables) {
            assert!(!reason.contains(CANARY), "{reason}");
        }
        let config = match config.get("resources") {
            Some(_) => config,
            None => json!({"resources": [config]}),
        };
        let decoded = Config::decode(config.clone(), DIALECT).ok()?;
        let environment = environment(&decoded.variables, &variables).ok()?;
        let [first, second] = in_cluster(&object);
        let objects = [object, first, second];
        Some(Self {
            config,
            variables,
            blocks: (0..decoded.blocks.len()).collect(),
            preview: preview(&decoded, &objects, &environment),
            objects,
        })
    }
}

/// Of a config and an object, what a process would print is what the exporter sends;
/// cut off anywhere it is the part of it that was complete; and no problem's message
/// holds a value of the object.
pub fn config(bytes: &[u8]) {
    let Some(case) = Case::of(bytes) else {
        return;
    };
    check(&case.preview);
    let Case {
        config,
        variables,
        blocks,
        objects,
        preview,
    } = case;
    let task = Task::new(&config, DIALECT, &variables, blocks.clone());
    let printed = RefCell::new(String::new());
    let tell = |lines: &str| printed.borrow_mut().push_str(lines);
    Task::run(&task.to_lines(&objects), &tell).expect("a config that can be decoded");
    let printed = printed.into_inner().into_bytes();
    let told = Told::of(&printed);
    assert_eq!(told.preview.in_order(), preview);
    assert_eq!(told.complete, blocks);
    let cut = Told::of(&printed[..printed.len() / 2]);
    assert!(blocks.starts_with(&cut.complete));

    let [given, others @ ..] = preview.rows::<3>(1);
    check(&given.agreed(&others));
}

/// The same through a process of its own: it ends well, and says the same.
pub fn evaluate(bytes: &[u8]) {
    if let Some(case) = Case::of(bytes) {
        let told = evaluated(&case.config, DIALECT, &case.variables, &case.objects);
        assert_eq!(told.expect("a config that can be decoded"), case.preview);
    }
}

/// The answer of a process that may have said anything before it was ended.
pub fn told(bytes: &[u8]) {
    let Told {
        preview,
        complete: _,
        object: _,
        expression: _,
    } = Told::of(bytes);
    let [given, others @ ..] = preview.in_order().rows::<3>(1);
    drop(given.agreed(&others));
}

fn check(preview: &Preview) {
    for problem in &preview.problems {
        let message = &problem.message;
        assert!(!message.contains(CANARY), "{message}");
    }
    for sent in &preview.sent {
        assert!(sent.request.to_json().is_object());
    }
}
