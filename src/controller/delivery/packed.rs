//! JSON of many objects that are alike, in little memory.
//!
//! Objects of one shape share it: all names, all brackets, and the values of the first of
//! them. What is kept of each is where its values are others. Not for what the JSON means.
//! Invariant: what is unpacked is what was packed, to the letter.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

/// How many shapes are shared at a time; an object of one more has its own.
const SHAPES: usize = 1_000;

/// The JSON of an object, without any space between its tokens.
#[derive(Clone, Debug)]
pub(super) struct Packed {
    shape: Arc<Shape>,
    /// A line for each value: empty where it is that of the shape.
    values: Box<str>,
}

/// What objects have in common.
#[derive(Debug)]
struct Shape {
    /// What stands before each value, and behind the last.
    between: Box<[Box<str>]>,
    /// The values of the first object.
    values: Box<[Box<str>]>,
}

/// The shapes of the objects so far.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    /// By a digest of what stands between the values.
    known: HashMap<u64, Arc<Shape>>,
}

impl Shapes {
    /// Packs a text: JSON, as `serde_json` writes it.
    pub(super) fn pack(&mut self, text: &str) -> Packed {
        let (between, values) = split(text);
        let shape = self.shape(&between, &values);
        let known = shape.values.iter().map(|it| &**it);
        let lines = values.into_iter().zip(known);
        let lines = lines.map(|(value, known)| if value == known { "" } else { value });
        let lines: Vec<&str> = lines.collect();
        Packed {
            shape,
            values: lines.join("\n").into(),
        }
    }

    fn shape(&mut self, between: &[&str], values: &[&str]) -> Arc<Shape> {
        let mut hasher = DefaultHasher::new();
        between.hash(&mut hasher);
        let digest = hasher.finish();
        let is_it = |it: &&Arc<Shape>| {
            it.between
                .iter()
                .map(|it| &**it)
                .eq(between.iter().copied())
        };
        if let Some(shape) = self.known.get(&digest).filter(is_it) {
            return Arc::clone(shape);
        }
        let boxed = |texts: &[&str]| texts.iter().map(|it| Box::from(*it)).collect();
        let shape = Arc::new(Shape {
            between: boxed(between),
            values: boxed(values),
        });
        if self.known.len() >= SHAPES {
            self.known.retain(|_, shape| Arc::strong_count(shape) > 1);
        }
        if self.known.len() < SHAPES {
            self.known.insert(digest, Arc::clone(&shape));
        }
        shape
    }
}

impl Packed {
    /// The text.
    pub(super) fn text(&self) -> String {
        let Shape { between, values } = &*self.shape;
        let mut lines = self.values.split('\n');
        let mut text = String::new();
        for (place, before) in between.iter().enumerate() {
            text.push_str(before);
            let Some(known) = values.get(place) else {
                continue;
            };
            text.push_str(lines.next().filter(|it| !it.is_empty()).unwrap_or(known));
        }
        text
    }
}

/// What stands between the values of a text, and the values.
fn split(text: &str) -> (Vec<&str>, Vec<&str>) {
    let (mut between, mut values) = (Vec::new(), Vec::new());
    let (mut at, mut begun) = (0, 0);
    while let Some(byte) = text.as_bytes().get(at) {
        let end = match byte {
            b'{' | b'}' | b'[' | b']' | b',' | b':' => at + 1,
            b'"' => string_end(text, at),
            _ => scalar_end(text, at),
        };
        let is_name = text.as_bytes().get(end) == Some(&b':');
        let is_value = !(is_name || b"{}[],:".contains(byte));
        if is_value {
            between.push(&text[begun..at]);
            values.push(&text[at..end]);
            begun = end;
        }
        at = end;
    }
    between.push(&text[begun..]);
    (between, values)
}

/// Where a string ends that begins there.
fn string_end(text: &str, begin: usize) -> usize {
    let mut bytes = text.bytes().enumerate().skip(begin + 1);
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\\' => drop(bytes.next()),
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Where a number or a word ends that begins there.
fn scalar_end(text: &str, begin: usize) -> usize {
    let rest = text[begin..].find([',', ']', '}']);
    rest.map_or(text.len(), |length| begin + length)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::{Strategy, any, prop, proptest};
    use serde_json::{Map, Value, json};

    use super::{Packed, SHAPES, Shapes};

    fn service(name: &str) -> Value {
        json!({"spec": {"blueprint": "service", "identifier": name, "properties": {
            "tier": 1, "is\"on\\": true, "none": null, "tags": ["a\nb", {}, []],
        }}})
    }

    #[test]
    fn of_alike_objects_what_tells_them_apart_is_kept() {
        let mut shapes = Shapes::default();
        let texts = ["pay", "cart"].map(|name| service(name).to_string());
        let [first, second] = texts.each_ref().map(|text| shapes.pack(text));
        assert_eq!([first.text(), second.text()], texts);
        assert_eq!(&*first.values, "\n\n\n\n\n");
        assert_eq!(&*second.values, "\n\"cart\"\n\n\n\n");
        assert!(Arc::ptr_eq(&first.shape, &second.shape));
    }

    #[test]
    fn there_is_no_end_of_shapes_and_no_more_are_kept() {
        let mut shapes = Shapes::default();
        let text = |number: usize| json!({number.to_string(): number}).to_string();
        let kept: Vec<Packed> = (0..=SHAPES).map(|it| shapes.pack(&text(it))).collect();
        assert_eq!(kept[SHAPES].text(), text(SHAPES));
        assert_eq!(shapes.known.len(), SHAPES);
        drop(kept);
        shapes.pack(&text(SHAPES + 1));
        assert_eq!(shapes.known.len(), 1);
    }

    fn values() -> impl Strategy<Value = Value> {
        let scalar = proptest::prop_oneof![
            any::<Option<bool>>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        scalar.prop_recursive(4, 32, 6, |inner| {
            let name = proptest::prop_oneof!["[a-c]", any::<String>()];
            proptest::prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(name, inner, 0..6)
                    .prop_map(|it| Value::from(it.into_iter().collect::<Map<_, _>>())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_unpacked_is_what_was_packed(all in prop::collection::vec(values(), 1..4)) {
            let mut shapes = Shapes::default();
            for value in all {
                let text = value.to_string();
                proptest::prop_assert_eq!(shapes.pack(&text).text(), text);
            }
        }
    }
}
