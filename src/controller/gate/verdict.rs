//! What an application's standing says about a revision: pure.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::revision::Revision;
use crate::catalog::{Delivery, Identity};
use crate::controller::report::board::Standing;
use crate::report::Phase;

/// How many refused entities a message names.
const NAMED: usize = 10;

/// How much of a name or a code is repeated.
const NAME: usize = 200;

/// Whether the catalog agrees, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It has what that revision declares.
    Agrees,
    /// Not yet, and nothing says that it won't.
    Pending,
    /// It refuses some, or somebody changed or removed some.
    Disagrees,
    /// Nobody can say here.
    NotObserved,
    /// Nothing is known of such an application.
    Unknown,
}

impl State {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Agrees => "agrees",
            Self::Pending => "pending",
            Self::Disagrees => "disagrees",
            Self::NotObserved => "not-observed",
            Self::Unknown => "unknown",
        }
    }
}

/// Why it is so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// All entities are in the catalog as they are declared.
    EntitiesDelivered,
    /// Some are not, and won't be by themselves.
    EntitiesNotDelivered,
    /// Some are not yet.
    EntitiesPending,
    /// Of some nobody can say.
    EntitiesNotObserved,
    /// Nobody looked yet since this was deployed.
    NotCompared,
    /// Nothing is deployed.
    NothingDeployed,
    /// Something else is deployed.
    OtherRevision,
    /// A sync goes on.
    SyncRunning,
    /// The last sync did not do all that it was to do.
    SyncFailed,
    /// Its entities are in another cluster.
    DeployedElsewhere,
}

impl Reason {
    pub(super) fn state(self) -> State {
        match self {
            Self::EntitiesDelivered => State::Agrees,
            Self::EntitiesNotDelivered => State::Disagrees,
            Self::EntitiesPending
            | Self::NotCompared
            | Self::NothingDeployed
            | Self::OtherRevision
            | Self::SyncRunning
            | Self::SyncFailed => State::Pending,
            Self::EntitiesNotObserved | Self::DeployedElsewhere => State::NotObserved,
        }
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::EntitiesDelivered => "EntitiesDelivered",
            Self::EntitiesNotDelivered => "EntitiesNotDelivered",
            Self::EntitiesPending => "EntitiesPending",
            Self::EntitiesNotObserved => "EntitiesNotObserved",
            Self::NotCompared => "NotCompared",
            Self::NothingDeployed => "NothingDeployed",
            Self::OtherRevision => "OtherRevision",
            Self::SyncRunning => "SyncRunning",
            Self::SyncFailed => "SyncFailed",
            Self::DeployedElsewhere => "DeployedElsewhere",
        }
    }

    /// What the standing says of a revision; of what is deployed where none is asked for.
    pub(super) fn of(standing: &Standing, asked: Option<&str>) -> Self {
        let Standing {
            revision,
            origin_revision,
            compared,
            phase,
            deliveries,
            is_elsewhere,
            ..
        } = standing;
        let mut deployed = revision.iter().chain(origin_revision).chain(compared);
        match (asked, phase, deliveries) {
            _ if *is_elsewhere => Self::DeployedElsewhere,
            (Some(asked), _, _) if !deployed.any(|it| Revision::of(asked).is_of(it)) => {
                Self::OtherRevision
            }
            (None, _, _) if deployed.next().is_none() => Self::NothingDeployed,
            (_, Some(Phase::Running), _) => Self::SyncRunning,
            (_, Some(Phase::Failed | Phase::Error), _) => Self::SyncFailed,
            (_, Some(Phase::Succeeded) | None, None) => Self::NotCompared,
            (_, Some(Phase::Succeeded) | None, Some(counts)) => Self::of_counts(counts),
        }
    }

    fn of_counts(counts: &BTreeMap<Delivery, usize>) -> Self {
        let has = |delivery: &Delivery| counts.get(delivery).is_some_and(|count| *count > 0);
        let undelivered = [
            Delivery::Rejected,
            Delivery::Overwritten,
            Delivery::Vanished,
            Delivery::Conflict,
        ];
        // What lingers is there, with something beside it that left Git.
        match () {
            () if undelivered.iter().any(has) => Self::EntitiesNotDelivered,
            () if has(&Delivery::Pending) => Self::EntitiesPending,
            () if has(&Delivery::NotObserved) => Self::EntitiesNotObserved,
            () => Self::EntitiesDelivered,
        }
    }

    /// For people, on one line.
    pub(super) fn message(self, standing: &Standing) -> String {
        let counts = counts(standing);
        let said = match self {
            Self::EntitiesDelivered if declared(standing) == 0 => {
                return "the catalog agrees: no entity is declared".to_owned();
            }
            Self::EntitiesDelivered => format!("the catalog agrees: {counts}"),
            Self::EntitiesNotDelivered => format!("the catalog disagrees: {counts}"),
            Self::EntitiesPending => format!("the catalog does not have all yet: {counts}"),
            Self::EntitiesNotObserved => format!("nobody can say of all: {counts}"),
            Self::NotCompared => "nobody looked yet what the catalog has".to_owned(),
            Self::NothingDeployed => "nothing is deployed yet".to_owned(),
            Self::OtherRevision => "another revision is deployed".to_owned(),
            Self::SyncRunning => "a sync goes on".to_owned(),
            Self::SyncFailed => "the last sync failed".to_owned(),
            Self::DeployedElsewhere => {
                "it is deployed to another cluster: ask the controller there".to_owned()
            }
        };
        match self {
            Self::EntitiesNotDelivered => format!("{said}{}", refused(&standing.rejected)),
            _ => said,
        }
    }
}

/// How many entities are declared.
pub(super) fn declared(standing: &Standing) -> usize {
    standing.deliveries.iter().flatten().map(|(_, it)| it).sum()
}

/// `of 3 entities 2 delivered, 1 rejected`.
fn counts(standing: &Standing) -> String {
    let counted = standing.deliveries.iter().flatten();
    let counted = counted.filter(|(_, count)| **count > 0);
    let said = counted.map(|(delivery, count)| format!("{count} {delivery}"));
    let said: Vec<String> = said.collect();
    let declared = declared(standing);
    let entities = match declared {
        1 => "entity",
        _ => "entities",
    };
    format!("of {declared} {entities} {}", said.join(", "))
}

/// Names and codes of those that the catalog refuses. Each is code, so that nobody is
/// called and nothing is linked wherever the message is shown.
fn refused(rejected: &[(Identity, String)]) -> String {
    let mut said = String::new();
    for (identity, code) in rejected.iter().take(NAMED) {
        let before = match said.is_empty() {
            true => "; ",
            false => ", ",
        };
        let (identity, code) = (plain(&identity.to_string()), plain(code));
        // Writing to a text never fails.
        let _written = write!(said, "{before}`{identity}` `{code}`");
    }
    match rejected.len().saturating_sub(NAMED) {
        0 => {}
        more => said += &format!(" and {more} more"),
    }
    said
}

/// On one line, without what would end the code, and not longer than a name.
fn plain(text: &str) -> String {
    let kept = text.chars().filter(|it| !it.is_control() && *it != '`');
    kept.take(NAME).collect()
}
