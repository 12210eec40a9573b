//! Where values of the catalog come from: in a terminal, and for machines.

mod json;

use super::Format;
use crate::exporter::{Origin, Said, Step, Trace};
use crate::legible::{value as shown, visible};
use crate::manifest::{FieldPath, Location};

pub(crate) use json::why_json;

/// How much of a value stands in a line.
const VALUE: usize = 80;

/// How far the right-hand column is moved at most.
const COLUMN: usize = 44;

/// An entity and the ways of its values.
#[derive(Debug)]
pub(crate) struct WhyEntity {
    /// Its blueprint.
    pub blueprint: String,
    /// Its identifier.
    pub identifier: String,
    /// The object that it is made of: `Entity shop/checkout`.
    pub object: String,
    /// Where that begins.
    pub location: Option<Location>,
    /// The index of the mapping's block.
    pub block: usize,
    /// The block's kind.
    pub kind: String,
    /// What rendered the object.
    pub renderer: WhyPlace,
    /// What was asked for.
    pub values: Vec<WhyValue>,
}

/// What the place of an object is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WhyPlace {
    /// Its author wrote it there.
    Written,
    /// Helm rendered it from the template of the location.
    Helm,
    /// Kustomize built it, from this file if it said so.
    Kustomize(Option<String>),
}

/// A value and its way.
#[derive(Debug)]
pub(crate) struct WhyValue {
    /// The way.
    pub trace: Trace,
    /// The fields of its origin.
    pub fields: Vec<WhyField>,
    /// Where the expression stands; none in the generated mapping.
    pub mapping: Option<Location>,
}

/// A field of the object, and where it stands.
#[derive(Debug)]
pub(crate) struct WhyField {
    /// The field.
    pub field: FieldPath,
    /// Its place, or that of the nearest field above it.
    pub location: Option<Location>,
}

/// Why an object is not sent.
#[derive(Debug)]
pub(crate) struct WhyUnsent {
    /// The object: `Entity shop/checkout`.
    pub object: String,
    /// Where it begins.
    pub location: Option<Location>,
    /// The place in the mapping.
    pub field: String,
    /// A clause about it.
    pub message: String,
    /// What jq said.
    pub detail: Option<String>,
}

/// For people: `full` with each step, else one line for each value.
pub(crate) fn why_text(entities: &[WhyEntity], full: bool) -> String {
    let paragraphs = entities.iter().map(|entity| match full {
        true => {
            let values = entity.values.iter().map(|value| whole(entity, value));
            values.collect::<Vec<_>>().join("\n")
        }
        false => overview(entity),
    });
    paragraphs.collect::<Vec<_>>().join("\n")
}

/// Why nothing is sent.
pub(crate) fn why_unsent(unsent: &[WhyUnsent], format: Format) -> String {
    match format {
        Format::Text => unsent.iter().map(unsent_text).collect(),
        Format::Json => json::unsent(unsent),
    }
}

fn unsent_text(reason: &WhyUnsent) -> String {
    let WhyUnsent {
        object,
        location,
        field,
        message,
        detail,
    } = reason;
    let at = location.as_ref().map(|it| format!(" ({it})"));
    let mut text = format!("{object}{} is not sent\n", at.unwrap_or_default());
    text.push_str(&format!("  `{field}` {message}\n"));
    if let Some(detail) = detail {
        text.push_str(&format!("  jq: {}\n", visible(detail)));
    }
    text
}

/// One line for each value of an entity.
fn overview(entity: &WhyEntity) -> String {
    let WhyEntity {
        blueprint,
        identifier,
        object,
        location,
        ..
    } = entity;
    let at = location.as_ref().map(|it| format!(", {it}"));
    let head = format!(
        "{blueprint}/{identifier} is sent for {object}{}\n",
        at.unwrap_or_default()
    );
    let rows: Vec<[String; 3]> = entity
        .values
        .iter()
        .map(|value| {
            let member = value.trace.member.to_string();
            [member, shown(&value.trace.value, 40), source(value)]
        })
        .collect();
    let width = |column: usize| {
        let widths = rows.iter().map(|row| row[column].chars().count());
        widths.max().unwrap_or_default()
    };
    let (first, second) = (width(0), width(1));
    let rows = rows
        .iter()
        .map(|[member, value, from]| format!("  {member:first$}  {value:second$}  {from}\n"));
    rows.fold(head, |text, row| text + &row)
}

/// Where a value is from, in a few words.
fn source(value: &WhyValue) -> String {
    let places: Vec<String> = value.fields.iter().map(place_of).collect();
    match &value.trace.origin {
        Origin::Field(_) => places.join(", "),
        Origin::SameAs(_) => format!("{} (passed on)", places.join(", ")),
        Origin::Mapping => "the mapping itself".to_owned(),
        Origin::Computed(_) if places.is_empty() => "computed by the mapping".to_owned(),
        Origin::Computed(_) => format!("computed from {}", places.join(", ")),
    }
}

fn place_of(field: &WhyField) -> String {
    match &field.location {
        Some(location) => location.to_string(),
        None => format!("{} (added by the render)", field.field),
    }
}

/// A value with its whole way.
fn whole(entity: &WhyEntity, value: &WhyValue) -> String {
    let trace = &value.trace;
    let head = format!(
        "{}/{} {} = {}\n",
        entity.blueprint,
        entity.identifier,
        trace.member,
        shown(&trace.value, 1000)
    );
    let mut rows: Vec<[String; 2]> = Vec::new();
    for field in &value.fields {
        rows.push([place_of(field), said_of(entity, trace, field)]);
        rows.extend(rendered(entity, field));
    }
    rows.extend(untraced(trace).map(|words| [String::new(), words.to_owned()]));
    let mapping = match &value.mapping {
        Some(location) => location.to_string(),
        None => "mapping".to_owned(),
    };
    let expression = match &trace.expression {
        Some(text) => text.as_str(),
        None => "a search query",
    };
    let block = format!("{mapping}, block {} `{}`", entity.block + 1, entity.kind);
    rows.push([block, format!("{}: {expression}", in_mapping(trace))]);
    rows.extend(trace.steps.iter().map(step));
    aligned(head, &rows)
}

/// Which field it is, and what it has to do with the value.
fn said_of(entity: &WhyEntity, trace: &Trace, field: &WhyField) -> String {
    let WhyField { field, .. } = field;
    let of = &entity.object;
    match &trace.origin {
        Origin::Field(_) if trace.value.is_null() => format!("{field} of {of}, which is not there"),
        Origin::Field(_) | Origin::Mapping => format!("{field} of {of}"),
        Origin::SameAs(_) => format!("{field} of {of}: the same value, passed on by the mapping"),
        Origin::Computed(_) => format!("{field} of {of}, from which the mapping computes it"),
    }
}

/// What more the renderer says, or does not say.
fn rendered(entity: &WhyEntity, field: &WhyField) -> Option<[String; 2]> {
    let location = field.location.as_ref()?;
    match (&entity.renderer, &location.origin) {
        (WhyPlace::Written, None) => None,
        (WhyPlace::Written | WhyPlace::Helm, Some(template)) => Some([
            template.clone(),
            "the Helm template that rendered it".to_owned(),
        ]),
        (WhyPlace::Helm, None) => Some([
            String::new(),
            "as Helm rendered it; which template that was is not known".to_owned(),
        ]),
        (WhyPlace::Kustomize(Some(file)), _) => {
            Some([file.clone(), "its origin, as kustomize says".to_owned()])
        }
        (WhyPlace::Kustomize(None), _) => Some([
            String::new(),
            "as kustomize built it, which is all that is known: `buildMetadata: \
             [originAnnotations]` in the kustomization makes it name the file"
                .to_owned(),
        ]),
    }
}

/// Says so where the way ends in the mapping.
fn untraced(trace: &Trace) -> Option<&'static str> {
    match &trace.origin {
        Origin::Field(_) | Origin::SameAs(_) => None,
        Origin::Mapping => Some("the value stands in the mapping itself"),
        Origin::Computed(fields) if fields.is_empty() => {
            Some("computed by the mapping: it can't be traced to a field")
        }
        Origin::Computed(_) => None,
    }
}

/// The last steps of the place in the mapping: `.properties["*"]`.
fn in_mapping(trace: &Trace) -> String {
    let segments = trace.place.segments();
    // `.resources[0].glint.entity.mappings[0]` says nothing that the block does
    // not.
    let own = segments.iter().skip(6);
    let own = own.fold(FieldPath::root(), |path, segment| path.join(segment));
    own.to_string()
}

fn step(step: &Step) -> [String; 2] {
    let Step { text, depth, said } = step;
    let said = match said {
        Said::Value(value) => shown(value, VALUE),
        Said::Nothing => "nothing".to_owned(),
        Said::Failure(why) => format!("fails: {}", visible(why)),
    };
    [format!("{}{}", "  ".repeat(depth + 1), visible(text)), said]
}

/// Two columns below a head.
fn aligned(head: String, rows: &[[String; 2]]) -> String {
    let widths = rows.iter().map(|[left, _]| left.chars().count());
    let width = widths.filter(|width| *width <= COLUMN).max();
    let width = width.unwrap_or_default();
    let rows = rows.iter().map(|[left, right]| {
        let row = format!("  {left:width$}  {right}");
        format!("{}\n", row.trim_end())
    });
    rows.fold(head, |text, row| text + &row)
}
