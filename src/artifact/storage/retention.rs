//! Which artifacts are kept, and for how long.

use std::time::{Duration, SystemTime};

/// What is no longer kept, the oldest first. Unlike in Flux's gc.go, time counts
/// from when an artifact was replaced, not from when it was made: who has just read
/// the old URL has the whole of it to fetch it.
pub(super) fn garbage(
    artifacts: &[(String, SystemTime)],
    keep: &[&str],
    now: SystemTime,
    ttl: Duration,
    records: usize,
) -> Vec<String> {
    let mut oldest_first: Vec<_> = artifacts.iter().collect();
    oldest_first.sort_by_key(|(path, written)| (*written, path));
    let replaced = oldest_first
        .iter()
        .skip(1)
        .map(|(_, written)| Some(*written));
    let replaced = replaced.chain([None]);
    let mut left = artifacts.len();
    let mut garbage = Vec::new();
    for ((path, _), replaced) in oldest_first.iter().zip(replaced) {
        let age = replaced.and_then(|at| now.duration_since(at).ok());
        let is_over = age.is_some_and(|age| age > ttl) || left > records;
        if is_over && !keep.contains(&path.as_str()) {
            garbage.push(path.clone());
            left -= 1;
        }
    }
    garbage
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Artifacts by the seconds at which they were written; with two kept records
    /// and 60 seconds, and the time that it is.
    #[track_caller]
    fn check_garbage(written: &[(&str, u64)], keep: &[&str], now: u64, expected: &[&str]) {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let artifacts: Vec<_> = written
            .iter()
            .map(|(path, seconds)| ((*path).to_owned(), at(*seconds)))
            .collect();
        let ttl = Duration::from_secs(60);
        assert_eq!(garbage(&artifacts, keep, at(now), ttl, 2), expected);
    }

    #[test]
    fn an_artifact_is_kept_for_a_while_after_it_was_replaced() {
        // However old it was: `a` was served until 1000.
        let written = [("b", 1000), ("a", 0)];
        check_garbage(&written, &["b"], 1000, &[]);
        check_garbage(&written, &["b"], 1060, &[]);
        check_garbage(&written, &["b"], 1061, &["a"]);
        check_garbage(&written, &["b"], 500, &[]);
    }

    #[test]
    fn no_more_than_the_records_are_kept_and_the_newest_of_them() {
        let written = [("c", 1002), ("a", 1000), ("d", 1003), ("b", 1001)];
        check_garbage(&written, &["d"], 1003, &["a", "b"]);
    }

    #[test]
    fn what_the_status_names_is_kept_whatever_its_age() {
        let written = [("a", 0), ("b", 1), ("c", 2)];
        check_garbage(&written, &["a"], 9999, &["b"]);
        check_garbage(&written, &["a", "b", "c"], 9999, &[]);
        check_garbage(&[("a", 0)], &[], 9999, &[]);
    }
}
