//! Durations as Flux writes them: `10m`, `1h30m`, `1.5s`, `500ms`.

use std::time::Duration;

/// Reads one; `None` for any other text. The CRD's pattern lets no other through.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|it: char| !it.is_ascii_digit() && it != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let (unit, length) = UNITS
            .iter()
            .find(|(unit, _)| rest.starts_with(unit))
            .copied()?;
        seconds += number * length;
        rest = &rest[unit.len()..];
    }
    match text.is_empty() {
        true => None,
        false => Duration::try_from_secs_f64(seconds).ok(),
    }
}

/// `ms` before `m`, which it begins with.
const UNITS: [(&str, f64); 4] = [("ms", 0.001), ("h", 3600.0), ("m", 60.0), ("s", 1.0)];

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn durations_are_read_as_flux_writes_them() {
        let read = |text| parse(text).map(|it| it.as_millis());
        assert_eq!(read("1h30m"), Some(5_400_000));
        assert_eq!(read("1.5s500ms"), Some(2_000));
        assert_eq!(read("10m"), Some(600_000));
        for text in ["", "10", "m", "1d", "-1s", "1s "] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
