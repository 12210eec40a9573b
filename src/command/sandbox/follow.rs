//! Following a directory or a cluster: what it declares goes to the played exporter, and what
//! becomes of it to the page.
//!
//! One thread, told of what happened. Invariant: a directory that can't be rendered is
//! said, and what it declared last stays.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};

use super::blueprints::Blueprints;
use super::caller::InProcess;
use super::careful::{Careful, Ours};
use super::declared::{Declared, LiveKinds};
use super::deliveries::{Deliveries, Look};
use crate::catalog::Delivery;
use crate::sandbox::{
    Change, ClusterChange, ExporterState, Following, Happening, Installation, Moment, Player,
    SharedFollowing, Store, moment_written,
};

/// How long a crashed exporter stays down at first, and at most, as Kubernetes has it.
const RESTART: Duration = Duration::from_secs(10);
const RESTART_MOST: Duration = Duration::from_secs(300);
/// How many lines of the exporter's are said at once.
const LINES: usize = 12;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Something in the directory, or in the cluster.
    Directory,
    /// Something about an integration.
    Integration,
    /// Something about the entities.
    Catalog,
    /// The end is asked for.
    End,
}

/// What is followed, and with whom.
pub(super) struct Follower<'a> {
    pub(super) store: Store,
    pub(super) following: SharedFollowing,
    /// Says a line to people.
    pub(super) say: Box<dyn FnMut(&str) + Send + 'a>,
    /// Renders the directory, or what is seen of the cluster.
    pub(super) render: Box<dyn FnMut() -> anyhow::Result<Declared> + Send + 'a>,
    pub(super) subject: String,
    /// Which blueprints were given: only others are inferred.
    pub(super) given: Vec<Value>,
    pub(super) state_key: String,
    pub(super) variables: BTreeMap<String, String>,
}

/// A directory that is being followed.
pub(super) struct Followed<'a> {
    follower: Follower<'a>,
    player: Player,
    ours: Ours,
    blueprints: Blueprints,
    declared: Declared,
    deliveries: Deliveries,
    error: Option<String>,
    began: Instant,
    restart: Restart,
    /// The last line about the whole.
    summary: String,
    /// What was found in a cluster, and said.
    found: Vec<String>,
    /// Why something of it can't be read, as said since it could.
    troubles: BTreeSet<String>,
}

/// When a crashed exporter starts again.
#[derive(Clone, Copy, Debug)]
struct Restart {
    wait: Duration,
    at: Option<Instant>,
}

impl<'a> Follower<'a> {
    /// Renders the directory a first time, makes the blueprints and starts the
    /// exporter.
    ///
    /// # Errors
    /// A directory that can't be rendered.
    pub(super) fn begin(mut self) -> anyhow::Result<Followed<'a>> {
        let declared = (self.render)()?;
        let ours = Ours::default();
        ours.add(&declared.mapping);
        // An entity may relate to one of the same batch that comes later.
        let mut config_file = declared.mapping.clone();
        config_file["createMissingRelatedEntities"] = json!(true);
        let installation = Installation {
            state_key: self.state_key.clone(),
            client_id: "sandbox-exporter".to_owned(),
            client_secret: "sandbox-exporter".to_owned(),
            dialect: declared.dialect,
            version: "0.7.9".to_owned(),
            config_file,
            overwrites_on_restart: false,
        };
        let careful = Careful {
            dialect: declared.dialect,
            variables: self.variables.clone(),
            ours: ours.clone(),
        };
        let mut followed = Followed {
            player: Player::new(installation, Box::new(careful)),
            ours,
            blueprints: Blueprints::new(self.store.clone()),
            deliveries: Deliveries::default(),
            error: None,
            began: Instant::now(),
            restart: Restart {
                wait: RESTART,
                at: None,
            },
            summary: String::new(),
            found: Vec::new(),
            troubles: BTreeSet::new(),
            follower: self,
            declared: declared.clone(),
        };
        followed.declared.objects.clear();
        followed.declared.kinds = None;
        followed.tell_trouble(declared.trouble.clone());
        let refused = followed.blueprints.give(&followed.follower.given);
        followed.say_refused(&refused);
        followed.take(declared);
        followed.does(Happening::Started);
        followed.show();
        Ok(followed)
    }
}

impl Followed<'_> {
    /// Goes on until the end is asked for.
    pub(super) fn go_on(mut self, told: &Receiver<Told>) {
        loop {
            let first = match self.restart.at {
                None => told.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(at) => told.recv_timeout(at.saturating_duration_since(Instant::now())),
            };
            let first = match first {
                Ok(Told::End) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(first) => Some(first),
                Err(RecvTimeoutError::Timeout) => None,
            };
            let all: Vec<Told> = first.into_iter().chain(told.try_iter()).collect();
            if all.contains(&Told::End) {
                return;
            }
            if all.contains(&Told::Directory) {
                self.render();
            }
            let is_crashed = matches!(self.player.state(), ExporterState::Crashed(_));
            match (is_crashed, all.contains(&Told::Integration)) {
                (true, true) => self.does(Happening::Started),
                (true, false) if first.is_none() => self.does(Happening::Started),
                (false, true) => self.polls(),
                (_, _) => {}
            }
            self.show();
        }
    }

    /// The exporter looks at its integration.
    pub(super) fn polls(&mut self) {
        self.does(Happening::Polled);
    }

    /// The directory is rendered anew.
    pub(super) fn render(&mut self) {
        match (self.follower.render)() {
            Ok(declared) => {
                self.tell_trouble(declared.trouble.clone());
                self.take(declared);
            }
            Err(error) => {
                let error = format!("{error:#}");
                if self.error.as_ref() != Some(&error) {
                    let subject = &self.follower.subject;
                    let line = format!("{subject} can't be rendered, and stays as it was: {error}");
                    (self.follower.say)(&line);
                }
                self.error = Some(error);
            }
        }
    }

    /// Says once each why what is seen is only known as it was, and that it is over.
    fn tell_trouble(&mut self, trouble: Option<String>) {
        for line in trouble.iter().flat_map(|trouble| trouble.lines()) {
            if self.troubles.insert(line.to_owned()) {
                (self.follower.say)(&format!("{line}; what was seen last stays"));
            }
        }
        if trouble.is_none() && !std::mem::take(&mut self.troubles).is_empty() {
            let subject = &self.follower.subject;
            (self.follower.say)(&format!("{subject} can be read again"));
        }
        self.error = trouble;
    }

    /// Brings the cluster to what is declared.
    fn take(&mut self, declared: Declared) {
        self.ours.add(&declared.mapping);
        let gone = self.declared.objects.keys();
        let gone = gone.filter(|key| !declared.objects.contains_key(*key));
        let deleted = gone.cloned().map(ClusterChange::Deleted);
        let before = &self.declared.objects;
        let new = declared.objects.iter();
        let new = new.filter(|(key, object)| before.get(*key) != Some(*object));
        let applied = new.map(|(key, object)| match &declared.kinds {
            Some(_) => ClusterChange::Stored(key.clone(), Arc::clone(object)),
            None => ClusterChange::Applied(Value::clone(object)),
        });
        let changes: Vec<ClusterChange> = applied.chain(deleted).collect();
        let kinds_before = std::mem::replace(&mut self.declared, declared).kinds;
        let requests = self.declared.entities.iter().map(|entity| &entity.request);
        let refused = self.blueprints.infer(requests);
        self.say_refused(&refused);
        let kinds = self.declared.kinds.clone();
        if let (None, Some(LiveKinds { served, .. })) = (&kinds_before, &kinds) {
            self.does(Happening::Served(served.clone()));
        }
        if !changes.is_empty() {
            self.does(Happening::Changed(changes));
        }
        // Only now that their objects are there.
        let listed_before = kinds_before.map(|kinds| kinds.listed);
        if let Some(LiveKinds { listed, .. }) = kinds
            && listed_before.as_ref() != Some(&listed)
        {
            self.does(Happening::Listed(listed));
        }
    }

    /// Something happens to the exporter, and no batch waits for its time.
    fn does(&mut self, happening: Happening) {
        self.handle(happening);
        // What fails is tried again a few times, and no more.
        while self.player.has_pending() {
            self.handle(Happening::Waited);
        }
        let now = Instant::now();
        self.restart = match self.player.state() {
            ExporterState::Crashed(_) => Restart {
                wait: (self.restart.wait * 2).min(RESTART_MOST),
                at: Some(now + self.restart.wait),
            },
            _ => Restart {
                wait: RESTART,
                at: None,
            },
        };
    }

    fn handle(&mut self, happening: Happening) {
        let written = moment_written(SystemTime::now());
        let moment = Moment {
            elapsed: self.began.elapsed(),
            wall: format!("{}Z", written.split('.').next().unwrap_or_default()),
        };
        let mut transport = InProcess(self.follower.store.clone());
        self.player.handle(happening, &moment, &mut transport);
    }

    /// Tells the page and the terminal what is so now.
    pub(super) fn show(&mut self) {
        let notes = self.player.take_notes();
        let exporter = self.player.state().clone();
        let look = Look {
            store: &self.follower.store,
            said: self.player.said(),
            exporter: &exporter,
            owner: format!("(statekey/{})", self.follower.state_key),
        };
        let now = Following {
            subject: self.follower.subject.clone(),
            entities: self.deliveries.look(&self.declared, &look),
            findings: self.declared.findings.clone(),
            error: self.error.clone(),
            mapping: Some(self.declared.mapping.clone()),
        };
        self.say(&notes, &now);
        let following = self.follower.following.write();
        let mut following = following.unwrap_or_else(PoisonError::into_inner);
        if *following != now {
            *following = now;
            drop(following);
            self.follower.store.announce(Change::Following);
        }
    }

    fn say_refused(&mut self, refused: &[String]) {
        for refused in refused {
            (self.follower.say)(refused);
        }
    }

    fn say(&mut self, notes: &[String], now: &Following) {
        let say = &mut self.follower.say;
        let found = now
            .findings
            .iter()
            .filter(|_| self.declared.kinds.is_some());
        let found: Vec<String> = found.map(|finding| finding.message.clone()).collect();
        for finding in found.iter().filter(|it| !self.found.contains(it)) {
            say(finding);
        }
        self.found = found;
        for note in notes.iter().take(LINES) {
            say(&format!("exporter: {note}"));
        }
        if notes.len() > LINES {
            say(&format!("exporter: … and {} more", notes.len() - LINES));
        }
        let summary = summary(now);
        if summary != self.summary {
            say(&summary);
            self.summary = summary;
        }
    }
}

/// `examples/shop: 7 entities, 1 rejected`.
fn summary(following: &Following) -> String {
    let deliveries = following.entities.values().map(|it| it.delivery);
    let count = |wanted: Delivery| deliveries.clone().filter(|it| *it == wanted).count();
    let entities = following.entities.len();
    let noun = if entities == 1 { "entity" } else { "entities" };
    let mut parts = vec![format!("{entities} {noun}")];
    let others = Delivery::ALL
        .into_iter()
        .filter(|it| *it != Delivery::Delivered);
    for delivery in others {
        match count(delivery) {
            0 => {}
            count => parts.push(format!("{count} {delivery}")),
        }
    }
    format!("{}: {}", following.subject, parts.join(", "))
}
