//! What is to be said of objects, in Events and in their status.

use super::{Id, Ledger};
use crate::catalog::Dialect;
use crate::reason::Reason;
use crate::report::delivery::{Condition, Now};

/// What is to be said of an object.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::controller::delivery) struct Said {
    pub is_warning: bool,
    pub reason: Reason,
    pub message: String,
}

impl Ledger {
    /// What is to be said and written of an object; taken out once.
    pub(in crate::controller::delivery) fn unsaid(
        &mut self,
        now: Now,
    ) -> Option<(Id, Option<Said>, Option<Condition>)> {
        let has_status = self.rules.dialect == Dialect::Glint;
        while let Some(id) = self.unsaid.pop_first() {
            if !self.is_of_shard(id) {
                continue;
            }
            let Some(Some(tracked)) = self.entities.get_mut(id as usize) else {
                continue;
            };
            let said = tracked.said();
            let condition = match has_status {
                true => tracked.condition(now),
                false => None,
            };
            if said.is_some() || condition.is_some() {
                return Some((id, said, condition));
            }
        }
        None
    }

    /// A condition was written, or somebody else has to.
    pub(in crate::controller::delivery) fn written(&mut self, id: Id, condition: Condition) {
        if let Some(Some(tracked)) = self.entities.get_mut(id as usize)
            && let Some(live) = &mut tracked.live
        {
            live.condition = Some(Box::new(condition));
        }
    }

    /// It is to be written again.
    pub(in crate::controller::delivery) fn unwritten(&mut self, id: Id) {
        if self.get(id).is_some_and(|it| it.live.is_some()) {
            self.unsaid.insert(id);
        }
    }
}
