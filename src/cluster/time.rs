//! Points in time as the API server takes them where a second is too coarse.

use std::time::SystemTime;

use k8s_openapi::jiff::Timestamp;

/// `2026-11-27T17:24:00.123456Z`, a `MicroTime`. A clock that is out of all bounds
/// counts as 1970: nothing is decided by these times.
pub(crate) fn micro_time(at: SystemTime) -> String {
    let timestamp = Timestamp::try_from(at).unwrap_or(Timestamp::UNIX_EPOCH);
    timestamp.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::micro_time;

    #[test]
    fn a_time_has_six_digits_behind_the_second() {
        let at = |nanos| micro_time(UNIX_EPOCH + Duration::from_nanos(nanos));
        assert_eq!(at(0), "1970-01-01T00:00:00.000000Z");
        assert_eq!(at(1_795_800_240_123_456_789), "2026-11-27T17:24:00.123456Z");
    }
}
