//! A Lease as data: who holds it, and what is written when that changes.
//!
//! Invariant: whatever else stands in a Lease stays as it is.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::cluster::micro_time;

/// What one replica writes into a Lease, at one moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate<'a> {
    pub(super) identity: &'a str,
    pub(super) duration: Duration,
    pub(super) now: SystemTime,
}

/// Who holds it; `None` where it was given back.
pub(super) fn holder(lease: &Value) -> Option<&str> {
    let holder = lease["spec"]["holderIdentity"].as_str()?;
    (!holder.is_empty()).then_some(holder)
}

/// How long it holds after a sign of its holder. One that does not say so holds no
/// longer than ours would.
pub(super) fn duration(lease: &Value, otherwise: Duration) -> Duration {
    let seconds = lease["spec"]["leaseDurationSeconds"].as_u64();
    seconds.map_or(otherwise, Duration::from_secs)
}

impl Candidate<'_> {
    /// A Lease that there was not.
    pub(super) fn first(&self, namespace: &str, name: &str) -> Value {
        let lease = json!({
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"namespace": namespace, "name": name},
            "spec": {"leaseTransitions": 0},
        });
        self.signed(lease, true)
    }

    /// The Lease with a new sign: of a new holder, where it was another's.
    pub(super) fn next(&self, lease: &Value) -> Value {
        let is_taken = holder(lease) != Some(self.identity);
        let mut next = self.signed(lease.clone(), is_taken);
        if is_taken {
            let transitions = lease["spec"]["leaseTransitions"].as_u64();
            next["spec"]["leaseTransitions"] = (transitions.unwrap_or_default() + 1).into();
        }
        next
    }

    /// The Lease, given back: whoever looks next may take it at once.
    pub(super) fn given_back(&self, lease: &Value) -> Value {
        let mut next = self.signed(lease.clone(), false);
        next["spec"]["holderIdentity"] = "".into();
        next["spec"]["leaseDurationSeconds"] = 1.into();
        next
    }

    fn signed(&self, mut lease: Value, is_taken: bool) -> Value {
        let now = micro_time(self.now);
        if !lease["spec"].is_object() {
            lease["spec"] = json!({});
        }
        let spec = &mut lease["spec"];
        spec["holderIdentity"] = self.identity.into();
        spec["leaseDurationSeconds"] = self.duration.as_secs().into();
        spec["renewTime"] = now.clone().into();
        if is_taken {
            spec["acquireTime"] = now.into();
        }
        lease
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use serde_json::{Value, json};

    use super::{Candidate, duration, holder};

    const DURATION: Duration = Duration::from_secs(15);

    fn candidate(identity: &str, millis: u64) -> Candidate<'_> {
        Candidate {
            identity,
            duration: DURATION,
            now: UNIX_EPOCH + Duration::from_millis(millis),
        }
    }

    #[test]
    fn a_lease_goes_from_one_to_the_other_and_back() {
        let first = candidate("a", 500).first("glint", "glint-report-leader-election");
        assert_eq!(
            first,
            json!({
                "apiVersion": "coordination.k8s.io/v1",
                "kind": "Lease",
                "metadata": {"namespace": "glint", "name": "glint-report-leader-election"},
                "spec": {
                    "holderIdentity": "a",
                    "leaseDurationSeconds": 15,
                    "acquireTime": "1970-01-01T00:00:00.500000Z",
                    "renewTime": "1970-01-01T00:00:00.500000Z",
                    "leaseTransitions": 0,
                },
            })
        );
        let renewed = candidate("a", 2500).next(&first);
        assert_eq!(
            renewed["spec"],
            json!({
                "holderIdentity": "a",
                "leaseDurationSeconds": 15,
                "acquireTime": "1970-01-01T00:00:00.500000Z",
                "renewTime": "1970-01-01T00:00:02.500000Z",
                "leaseTransitions": 0,
            })
        );
        let taken = candidate("b", 20_000).next(&renewed);
        assert_eq!(
            taken["spec"],
            json!({
                "holderIdentity": "b",
                "leaseDurationSeconds": 15,
                "acquireTime": "1970-01-01T00:00:20.000000Z",
                "renewTime": "1970-01-01T00:00:20.000000Z",
                "leaseTransitions": 1,
            })
        );
        let given_back = candidate("b", 30_000).given_back(&taken);
        assert_eq!(holder(&given_back), None);
        assert_eq!(duration(&given_back, DURATION).as_secs(), 1);
    }

    #[test]
    fn what_else_stands_in_a_lease_stays() {
        let lease = json!({
            "metadata": {"resourceVersion": "7", "labels": {"a": "b"}},
            "spec": {"strategy": "OldestEmulationVersion"},
        });
        let next = candidate("a", 0).next(&lease);
        assert_eq!(next["metadata"], lease["metadata"]);
        assert_eq!(next["spec"]["strategy"], "OldestEmulationVersion");
        // An empty one, as `kubectl create` can make it, is nobody's.
        assert_eq!(holder(&json!({})), None);
        assert_eq!(duration(&Value::Null, DURATION), DURATION);
    }
}
