//! Values from JSON and to JSON.
//!
//! Not here: the text that jq itself makes of a value (`text`), which differs
//! in numbers that JSON can't hold.

use std::rc::Rc;

use num_bigint::BigInt;

use super::functions::numbers::{Number, big_to_float};
use super::value::{Object, Value, deep};

/// A number that JSON can't hold (NaN, an infinity). The exporter fails to
/// write the whole request that has one in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a number that JSON can't hold")]
pub(crate) struct Unsendable;

impl From<&serde_json::Value> for Value {
    /// The value with its numbers as they are written: integers of any size
    /// stay integers. For objects of a cluster see [`Value::of_object`].
    fn from(json: &serde_json::Value) -> Self {
        from_json(json, |large| Self::Number(Number::Big(BigInt::from(large))))
    }
}

impl Value {
    /// The value as the exporter has it in memory when it has read an object
    /// from a cluster: an integer beyond 64 bits with sign is a float there.
    pub(crate) fn of_object(json: &serde_json::Value) -> Self {
        // The conversion is the one that Kubernetes' reader makes.
        from_json(json, |large| Self::float(large as f64))
    }

    /// The value as JSON. Integers beyond what `serde_json` keeps exactly are
    /// given as the nearest float, which is equal to them as a JSON number for
    /// every reader that reads floats.
    ///
    /// # Errors
    ///
    /// [`Unsendable`] for NaN and the infinities, wherever they stand.
    pub(crate) fn to_json(&self) -> Result<serde_json::Value, Unsendable> {
        Ok(match self {
            _ if self.is_nil() => serde_json::Value::Null,
            Self::Null => serde_json::Value::Null,
            Self::Bool(bool) => (*bool).into(),
            Self::Number(number) => number_to_json(number)?,
            Self::String(text) => (**text).into(),
            Self::Array(items) => items
                .iter()
                .map(|item| deep(|| item.to_json()))
                .collect::<Result<Vec<_>, _>>()?
                .into(),
            Self::Object(object) => object
                .iter()
                .map(|(name, value)| Ok((name.to_string(), deep(|| value.to_json())?)))
                .collect::<Result<serde_json::Map<_, _>, _>>()?
                .into(),
        })
    }
}

fn from_json(json: &serde_json::Value, large: fn(u64) -> Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(bool) => Value::Bool(*bool),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(int), _) => Value::int(int),
            (None, Some(int)) => large(int),
            (None, None) => Value::float(number.as_f64().unwrap_or(f64::INFINITY)),
        },
        serde_json::Value::String(text) => Value::text(text.as_str()),
        serde_json::Value::Array(items) => {
            Value::array(items.iter().map(|item| from_json(item, large)).collect())
        }
        serde_json::Value::Object(members) => {
            let members = members
                .iter()
                .map(|(name, value)| (Rc::from(name.as_str()), from_json(value, large)));
            Value::object(members.collect::<Object>())
        }
    }
}

fn number_to_json(number: &Number) -> Result<serde_json::Value, Unsendable> {
    let float = match number {
        Number::Int(int) => return Ok((*int).into()),
        Number::Big(big) => match u64::try_from(big) {
            Ok(int) => return Ok(int.into()),
            Err(_) => big_to_float(big),
        },
        Number::Float(float) => *float,
    };
    let number = serde_json::Number::from_f64(float).ok_or(Unsendable)?;
    Ok(number.into())
}
