//! A breach of a property's schema in the API's words: those of the validator that
//! its documents show (ajv).

use crate::catalog::{Bound, BreachKind, Unit};

/// A clause that fits after the place of the value.
pub(super) fn must(kind: &BreachKind) -> String {
    match kind {
        BreachKind::Type { expected, found: _ } => format!("must be {}", expected.join(" or ")),
        BreachKind::Enum { .. } => "must be equal to one of the allowed values".to_owned(),
        BreachKind::Format(format) => format!("must match format \"{format}\""),
        BreachKind::Pattern(pattern) => format!("must match pattern \"{pattern}\""),
        BreachKind::Length { unit, bound, limit } => {
            let unit = match unit {
                Unit::Characters => "characters",
                Unit::Items => "items",
                Unit::Members => "properties",
            };
            let side = match bound {
                Bound::Least | Bound::Above => "fewer",
                Bound::Most | Bound::Below => "more",
            };
            format!("must NOT have {side} than {limit} {unit}")
        }
        BreachKind::Range { bound, limit } => {
            let sign = match bound {
                Bound::Least => ">=",
                Bound::Most => "<=",
                Bound::Above => ">",
                Bound::Below => "<",
            };
            format!("must be {sign} {limit}")
        }
        BreachKind::Shape(clause) => format!("must {clause}"),
    }
}
