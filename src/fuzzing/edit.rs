//! Documents, edited.

use crate::manifest::{
    self, Annotations, Edit, Parsed, annotate_each, annotate_value, apply, objects_of,
};

/// An annotation, in a document `DOCUMENT\0KEY\0VALUE` on each of its objects: it
/// is read from the result, all else is as it was, byte by byte, and setting it
/// again changes nothing. Or the edit is refused, with a reason.
pub fn edit(bytes: &[u8]) {
    let [stream, key, value] = super::parts(bytes);
    let annotations: Annotations = match key {
        [] => [("gitops.glint.io/application", "shop"), ("a", "b: # c")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
        _ => [key, value]
            .map(|text| String::from_utf8_lossy(text).into_owned())
            .chunks_exact(2)
            .map(|pair| (pair[0].clone(), pair[1].clone()))
            .collect(),
    };
    let Ok(documents) = manifest::split(stream) else {
        return;
    };
    for document in documents {
        let text = &stream[document.range];
        if let Ok(parsed) = Parsed::read(text, document.notation) {
            check(&parsed, &annotations);
        }
    }
}

fn check(parsed: &Parsed<'_>, annotations: &Annotations) {
    let edits: Vec<Edit> = objects_of(parsed)
        .iter()
        .map(|object| (object.path, annotations.clone()))
        .collect();
    let (splices, refused) = annotate_each(parsed, &edits);
    for (_, refusal) in &refused {
        super::check_message(&refusal.to_string());
    }
    let mut at = 0;
    for splice in &splices {
        assert!(at <= splice.range.start && splice.range.start <= splice.range.end);
        at = splice.range.end;
    }
    let mut expected = parsed.value().clone();
    let mut kept = Vec::new();
    for (index, edit) in edits.into_iter().enumerate() {
        if refused.iter().all(|(refused, _)| *refused != index) {
            let value = edit.0.value_mut(&mut expected).expect("the object's value");
            annotate_value(value, annotations);
            kept.push(edit);
        }
    }
    let edited = apply(parsed.text(), &splices);
    let again = Parsed::read(edited.as_bytes(), parsed.tree().notation());
    let again = again.expect("what was edited can be read");
    assert_eq!(*again.value(), expected);
    assert_eq!(annotate_each(&again, &kept), (Vec::new(), Vec::new()));
}
