//! jq's dates: `gmtime`, `mktime`, `strftime` and `strptime`, all in UTC.
//!
//! As gojq v0.12.17 does it with Go's `time` and timefmt-go v0.1.6. Not here:
//! the clock (`now`) and the exporter's own time zone (`localtime`), which
//! nobody but the exporter knows. Invariant: no local zone is ever guessed.

mod calendar;
mod format;
mod names;
mod parse;
mod style;

use super::Failure;
use super::numbers::float_to_int;
use calendar::Moment;

/// A moment as jq takes it apart, in the order of its array.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::exporter::jq) struct Broken {
    pub(in crate::exporter::jq) year: i64,
    /// From 0 on.
    pub(in crate::exporter::jq) month: i64,
    pub(in crate::exporter::jq) day: i64,
    pub(in crate::exporter::jq) hour: i64,
    pub(in crate::exporter::jq) minute: i64,
    /// The one number of the array that is a float.
    pub(in crate::exporter::jq) seconds: f64,
    /// From 0, a Sunday, on.
    pub(in crate::exporter::jq) weekday: i64,
    /// From 0 on.
    pub(in crate::exporter::jq) yearday: i64,
}

/// A number of a time's array, as gojq's `toInt` and `toFloat` read it.
#[derive(Clone, Copy, Debug)]
pub(in crate::exporter::jq) struct Part {
    pub(in crate::exporter::jq) int: i64,
    pub(in crate::exporter::jq) float: f64,
}

/// In place of gojq's own message where `strptime` finds the very beginning of
/// year 1: it takes that for a failure of another kind.
pub(in crate::exporter::jq) const ZERO_TIME: &str = "zero time";

/// Beyond this Go's count of seconds overflows. The years are 290 billion.
const FARTHEST: f64 = 9.1e18;

/// Takes seconds since 1970 apart.
///
/// # Errors
/// Where they are too far away.
pub(in crate::exporter::jq) fn gmtime(seconds: f64) -> Result<Broken, Failure> {
    if seconds.is_nan() || seconds.abs() > FARTHEST {
        return Err(too_far());
    }
    // The fraction counts upwards, the whole seconds towards zero: so a time
    // before 1970 comes out wrong, as it does in gojq.
    let nanoseconds = float_to_int((seconds - seconds.floor()) * 1e9);
    Ok(Moment::new(float_to_int(seconds), nanoseconds).broken())
}

/// Seconds since 1970 of a time that was taken apart. `None` is no number;
/// whatever is missing is 0, and only the first eight count.
///
/// # Errors
/// Where one is no number, or the time is too far away.
pub(in crate::exporter::jq) fn mktime(parts: &[Option<Part>]) -> Result<f64, Failure> {
    moment(parts).map(|moment| moment.seconds_since_1970())
}

/// Writes a time that was taken apart.
///
/// # Errors
/// As those of [`mktime`].
pub(in crate::exporter::jq) fn strftime(
    parts: &[Option<Part>],
    format: &str,
) -> Result<String, Failure> {
    let moment = moment(parts)?;
    format::written(&moment, format)
}

/// Reads a time by its format.
///
/// # Errors
/// Where the text isn't of the format or the format is none, or where a name of
/// a time zone would be read, other than UTC.
pub(in crate::exporter::jq) fn strptime(text: &str, format: &str) -> Result<Broken, Failure> {
    let moment = parse::parsed(text, format)?;
    gmtime(moment.seconds_since_1970())
}

fn moment(parts: &[Option<Part>]) -> Result<Moment, Failure> {
    let mut fields = [Part { int: 0, float: 0.0 }; 8];
    for (field, part) in fields.iter_mut().zip(parts) {
        let message = "expected an array of 8 numbers";
        *field = part.ok_or_else(|| Failure::Failed(message.to_owned()))?;
    }
    let seconds = fields[5].float;
    let nanoseconds = float_to_int((seconds - seconds.floor()) * 1e9);
    let [year, month, day, hour, minute, ..] = fields.map(|field| field.int);
    let month = month.saturating_add(1);
    let date = [year, month, day, hour, minute, float_to_int(seconds)];
    Moment::from_date(date, nanoseconds, 0).ok_or_else(too_far)
}

fn too_far() -> Failure {
    Failure::Unsupported("a time that is billions of years away".to_owned())
}

#[cfg(test)]
mod tests;
