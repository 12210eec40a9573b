//! Whether this replica acts.
//!
//! It acts while it leads and the policy does not pause it. That it leads ends by
//! itself: each renewal of the Lease is good for a while, and when none follows, for
//! whatever reason, the replica is inactive before another one may take the Lease.
//! The end of the process is told apart: what is under way is finished while the
//! replica is still active.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// What is known of the replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct State {
    leadership: Leadership,
    is_paused: bool,
    is_ending: bool,
}

/// Whether it leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leadership {
    /// Another one does, or nobody knows.
    Follows,
    /// Until then, unless that is prolonged.
    LeadsUntil(Instant),
    /// There is no election.
    Alone,
}

impl State {
    fn is_active(&self) -> bool {
        !self.is_paused && self.leads()
    }

    fn leads(&self) -> bool {
        match self.leadership {
            Leadership::Follows => false,
            Leadership::LeadsUntil(end) => Instant::now() < end,
            Leadership::Alone => true,
        }
    }
}

/// Whether this replica acts: it leads, and the policy switch does not pause it.
///
/// A part asks [`Activity::is_active`] before each write, waits for
/// [`Activity::active`] where it begins anew, and takes no new work once
/// [`Activity::ended`] has returned.
#[derive(Clone, Debug)]
pub(crate) struct Activity {
    state: watch::Receiver<State>,
    /// Keeps an activity of a test alive.
    _kept: Option<Arc<Control>>,
}

/// By which the frame says what the replica is.
#[derive(Debug)]
pub(super) struct Control {
    state: watch::Sender<State>,
}

/// A replica that does not act yet: nobody has led, and nobody has read the policy.
pub(super) fn channel() -> (Control, Activity) {
    let (sender, receiver) = watch::channel(State {
        leadership: Leadership::Follows,
        is_paused: true,
        is_ending: false,
    });
    let activity = Activity {
        state: receiver,
        _kept: None,
    };
    (Control { state: sender }, activity)
}

impl Activity {
    /// Whether a write is allowed at this moment.
    pub(crate) fn is_active(&self) -> bool {
        self.state.borrow().is_active()
    }

    /// Returns once the replica acts; at once where it does.
    pub(crate) async fn active(&mut self) {
        if self.state.wait_for(State::is_active).await.is_err() {
            // The frame is gone: nobody will lead here any more.
            std::future::pending::<()>().await;
        }
    }

    /// Returns once the replica does not act; at once where it does not.
    pub(crate) async fn inactive(&mut self) {
        loop {
            let state = *self.state.borrow_and_update();
            let end = match (state.is_active(), state.leadership) {
                (false, _) => return,
                (true, Leadership::LeadsUntil(end)) => Some(end),
                (true, Leadership::Follows | Leadership::Alone) => None,
            };
            let lapsed = async {
                match end {
                    Some(end) => sleep_until(end).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                changed = self.state.changed() => if changed.is_err() { return },
                () = lapsed => {}
            }
        }
    }

    /// Returns once the end of the process was asked for. The replica may still act, to
    /// finish what is under way.
    pub(crate) async fn ended(&mut self) {
        let _frame_is_gone = self.state.wait_for(|state| state.is_ending).await;
    }

    /// Whether the end of the process was asked for.
    pub(crate) fn has_ended(&self) -> bool {
        self.state.borrow().is_ending
    }

    /// Whether the replica leads, paused or not.
    pub(super) fn leads(&self) -> bool {
        self.state.borrow().leads()
    }

    /// Whether the policy pauses the replica, leading or not.
    pub(super) fn is_paused(&self) -> bool {
        self.state.borrow().is_paused
    }

    /// Of a replica that always acts.
    #[cfg(test)]
    pub(crate) fn always() -> Self {
        let (control, mut activity) = channel();
        control.lead_alone();
        control.pause(false);
        activity._kept = Some(Arc::new(control));
        activity
    }
}

impl Control {
    /// It leads until then, unless told otherwise before.
    pub(super) fn lead_until(&self, end: Instant) {
        self.change(|state| state.leadership = Leadership::LeadsUntil(end));
    }

    /// It leads without a Lease.
    pub(super) fn lead_alone(&self) {
        self.change(|state| state.leadership = Leadership::Alone);
    }

    /// It leads no more.
    pub(super) fn follow(&self) {
        self.change(|state| state.leadership = Leadership::Follows);
    }

    /// The policy pauses it, or does not.
    pub(super) fn pause(&self, is_paused: bool) {
        self.change(|state| state.is_paused = is_paused);
    }

    /// The process is asked to end.
    pub(super) fn end(&self) {
        self.change(|state| state.is_ending = true);
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        self.state.send_if_modified(|state| {
            let before = *state;
            change(state);
            *state != before
        });
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{Instant, timeout};

    use super::{Activity, Control, channel};

    const SECOND: Duration = Duration::from_secs(1);

    fn unpaused() -> (Control, Activity) {
        let (control, activity) = channel();
        control.pause(false);
        (control, activity)
    }

    #[tokio::test(start_paused = true)]
    async fn a_replica_acts_while_it_leads_and_is_not_paused() {
        let (control, activity) = channel();
        control.lead_alone();
        assert!(!activity.is_active());
        control.pause(false);
        assert!(activity.is_active());
        control.pause(true);
        assert!(!activity.is_active());
        assert!(activity.leads());
        control.follow();
        control.pause(false);
        assert!(!activity.is_active());
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_has_to_say_that_a_lead_is_over() {
        let (control, mut activity) = unpaused();
        let begun = Instant::now();
        control.lead_until(begun + 10 * SECOND);
        activity.active().await;
        activity.inactive().await;
        assert_eq!(begun.elapsed().as_secs(), 10);
        assert!(!activity.is_active());
    }

    #[tokio::test(start_paused = true)]
    async fn a_lead_that_is_prolonged_goes_on() {
        let (control, mut activity) = unpaused();
        let begun = Instant::now();
        control.lead_until(begun + 10 * SECOND);
        let prolong = async {
            tokio::time::sleep(8 * SECOND).await;
            control.lead_until(begun + 18 * SECOND);
        };
        tokio::join!(prolong, activity.inactive());
        assert_eq!(begun.elapsed().as_secs(), 18);
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_leaves_time_to_finish() {
        let (control, mut activity) = unpaused();
        control.lead_alone();
        assert!(timeout(SECOND, activity.ended()).await.is_err());
        control.end();
        activity.ended().await;
        assert!(activity.has_ended());
        assert!(activity.is_active());
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_frame_it_has_ended() {
        let (control, mut activity) = channel();
        control.lead_alone();
        drop(control);
        activity.ended().await;
        assert!(Activity::always().is_active());
    }
}
