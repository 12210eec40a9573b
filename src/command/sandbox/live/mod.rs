//! Following a cluster: its objects go to the played exporter as a directory's do.
//!
//! Watched are the kinds that the exporter's config names, Glint's own, and the CRDs,
//! by which one knows what comes to be served. Not here: what is kept of what the
//! watches tell (`sight`). Invariant: the exporter's part is told of no kind before all
//! its objects are known, and a cluster that can't be read changes nothing.

mod declared;
mod seeing;
mod sight;

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, bail};
use futures_util::{Stream, StreamExt};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::Instant;
use tokio_stream::StreamMap;

use super::declared::Declared;
use super::follow::Told;
use crate::catalog::{Dialect, EntityKind};
use crate::cluster::{Cluster, ClusterError, Resource, Seen};
use crate::exporter::Style;
use crate::sandbox::Store;
use seeing::{Seeing, locked};
use sight::{Keeps, Trouble, Watched, kind_of};

/// The CRDs, as a block would call them.
const CRDS: &str = "apiextensions.k8s.io/v1/customresourcedefinitions";
/// How long all that is to be seen may take to be listed at the start.
const START: Duration = Duration::from_secs(120);
/// How long the exporter is not told of a new config, so that it finds its kinds listed.
const SETTLE: Duration = Duration::from_secs(2);
/// When what is not served, or can't be read, is asked for again.
const AGAIN: Duration = Duration::from_secs(3);

type Watch = Pin<Box<dyn Stream<Item = Result<Seen, ClusterError>> + Send>>;

/// Whoever keeps what is seen of a cluster up to date.
pub(super) struct Keeper {
    cluster: Cluster,
    dialect: Dialect,
    seen: Arc<Mutex<Seeing>>,
    /// What is named, by the word, and what it means here.
    meanings: BTreeMap<String, Meaning>,
    watches: StreamMap<Watched, Watch>,
    /// What was said of the connection first since it was lost: each watch notices it
    /// for itself, and in other words.
    lost: Option<String>,
}

/// What a block's `kind` means in a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Meaning {
    /// It could not be asked yet.
    Unknown,
    /// No kind that it serves.
    Nothing,
    Served(Resource),
}

impl Keeper {
    /// Lists all that is to be seen.
    ///
    /// # Errors
    ///
    /// A cluster of which Glint's kinds and the CRDs can't be read.
    pub(super) async fn begin(
        cluster: Cluster,
        dialect: Dialect,
        named: BTreeSet<String>,
    ) -> anyhow::Result<Self> {
        let seen = Seeing::new(cluster.served().await?);
        let mut keeper = Self {
            cluster,
            dialect,
            seen: Arc::new(Mutex::new(seen)),
            meanings: BTreeMap::new(),
            watches: StreamMap::new(),
            lost: None,
        };
        let crds = keeper.cluster.resolve(CRDS).await?;
        let crds = crds.context("the cluster serves no CustomResourceDefinition")?;
        keeper.watch(Watched {
            keeps: Keeps::Definition,
            resource: crds,
        });
        keeper.name(named);
        keeper.resolve().await;
        let listed = tokio::time::timeout(START, keeper.list_all()).await;
        let Ok(listed) = listed else {
            bail!(
                "the cluster `{}` can't be read: not all is listed within {} s",
                keeper.cluster.name(),
                START.as_secs()
            );
        };
        listed?;
        Ok(keeper)
    }

    /// What people call the cluster.
    pub(super) fn subject(&self) -> String {
        format!("cluster {}", self.cluster.name())
    }

    /// What renders what is seen, each time anew.
    pub(super) fn renderer(
        &self,
        style: Style,
    ) -> impl FnMut() -> anyhow::Result<Declared> + Send + use<> {
        let seen = Arc::clone(&self.seen);
        let dialect = self.dialect;
        let mut last: Option<Declared> = None;
        move || {
            let live = locked(&seen).live();
            let declared = Declared::live(dialect, style, live, last.as_ref())?;
            last = Some(declared.clone());
            Ok(declared)
        }
    }

    /// Goes on until nobody listens: `named` are the kinds of each config that the
    /// exporter gets, and when it gets it is told.
    pub(super) async fn go_on(
        mut self: Box<Self>,
        mut named: UnboundedReceiver<BTreeSet<String>>,
        tell: Sender<Told>,
    ) {
        let mut again = tokio::time::interval(AGAIN);
        let mut settles: Option<Instant> = None;
        loop {
            let until = settles.unwrap_or_else(Instant::now);
            let mut is_new = tokio::select! {
                Some((watched, told)) = self.watches.next() => self.take(&watched, told).await,
                Some(named) = named.recv() => {
                    settles.get_or_insert(Instant::now() + SETTLE);
                    self.name(named);
                    self.resolve().await
                }
                _ = again.tick() => self.resolve().await | self.recover().await,
                () = tokio::time::sleep_until(until), if settles.is_some() => false,
                else => return,
            };
            let is_settled = locked(&self.seen).sight.is_settled();
            let is_told = settles.is_some_and(|at| is_settled || at <= Instant::now());
            is_new |= is_told;
            let mut told = Vec::new();
            told.extend(is_new.then_some(Told::Directory));
            if is_told {
                settles = None;
                told.push(Told::Integration);
            }
            if told.into_iter().any(|told| tell.send(told).is_err()) {
                return;
            }
        }
    }

    /// Lists what is watched a first time.
    async fn list_all(&mut self) -> Result<(), ClusterError> {
        while !locked(&self.seen).sight.is_settled() {
            let Some((watched, told)) = self.watches.next().await else {
                break;
            };
            let told = match told {
                // What only a config names may be forbidden to whoever runs this.
                Err(error) if self.is_named_by_config_alone(&watched) => Err(self.trouble(&error)),
                told => Ok(told?),
            };
            locked(&self.seen).sight.take(&watched, told);
        }
        self.judge();
        Ok(())
    }

    fn is_named_by_config_alone(&self, watched: &Watched) -> bool {
        let own = own(self.dialect);
        let mut own = own.iter().filter_map(|text| self.meanings.get(text));
        let is_own = own.any(|it| *it == Meaning::Served(watched.resource.clone()));
        watched.keeps == Keeps::All && !is_own
    }

    /// Takes what a watch tells; whether that is new.
    async fn take(&mut self, watched: &Watched, told: Result<Seen, ClusterError>) -> bool {
        let is_failure = told.is_err();
        let told = told.map_err(|error| self.trouble(&error));
        let is_new = locked(&self.seen).sight.take(watched, told);
        let is_lost = is_failure && self.is_lost(watched).await;
        if is_lost {
            self.end(watched);
        }
        // With a CRD kinds come and go.
        let is_of_crds = watched.keeps == Keeps::Definition;
        let is_served_anew = (is_of_crds || is_lost) && self.resolve().await;
        is_new || is_lost || is_served_anew
    }

    fn trouble(&mut self, error: &ClusterError) -> Trouble {
        let message = error.to_string();
        if locked(&self.seen).sight.trouble().is_none() {
            self.lost = None;
        }
        Trouble {
            message: match error {
                ClusterError::Unread { .. } => self.lost.get_or_insert(message).clone(),
                ClusterError::Config(_)
                | ClusterError::Refused { .. }
                | ClusterError::Failed { .. }
                | ClusterError::TooMuch { .. } => message,
            },
            is_final: matches!(error, ClusterError::TooMuch { .. }),
        }
    }

    /// Whether the cluster says that it does not serve a kind any more.
    async fn is_lost(&mut self, watched: &Watched) -> bool {
        let meaning = Meaning::Served(watched.resource.clone());
        let texts = self.meanings.iter().filter(|(_, it)| **it == meaning);
        let texts: Vec<String> = texts.map(|(text, _)| text.clone()).collect();
        let Some(text) = texts.first() else {
            return false;
        };
        let is_lost = matches!(self.cluster.resolve(text).await, Ok(None));
        if is_lost {
            for text in texts {
                self.meanings.insert(text, Meaning::Nothing);
            }
        }
        is_lost
    }

    /// Names what is to be seen, beside Glint's own kinds.
    fn name(&mut self, mut named: BTreeSet<String>) {
        named.extend(own(self.dialect));
        self.meanings.retain(|text, _| named.contains(text));
        for text in named {
            self.meanings.entry(text).or_insert(Meaning::Unknown);
        }
    }

    /// Asks what is meant by what means nothing yet, and watches that and nothing else;
    /// whether there is anything new.
    async fn resolve(&mut self) -> bool {
        for (text, meaning) in &mut self.meanings {
            if let Meaning::Served(_) = meaning {
                continue;
            }
            match self.cluster.resolve(text).await {
                Ok(Some(resource)) => *meaning = Meaning::Served(resource),
                Ok(None) => *meaning = Meaning::Nothing,
                // It is asked again.
                Err(_) => {}
            }
        }
        let wanted: BTreeSet<Watched> = self.meanings.values().filter_map(watched).collect();
        let old = self.watches.keys().cloned();
        let old: Vec<Watched> = old
            .filter(|it| it.keeps == Keeps::All && !wanted.contains(it))
            .collect();
        for watched in &old {
            self.end(watched);
        }
        let mut is_new = !old.is_empty();
        for watched in wanted {
            if !self.watches.contains_key(&watched) {
                self.watch(watched);
                is_new = true;
            }
        }
        self.judge() || is_new
    }

    /// Asks for what can't be read; whether anything can be read again. A watch that
    /// goes on where it was cut off says nothing until something happens.
    async fn recover(&mut self) -> bool {
        let troubled = locked(&self.seen).sight.in_trouble();
        let mut is_new = false;
        for watched in troubled {
            if self.cluster.try_list(&watched.resource).await.is_ok() {
                is_new |= locked(&self.seen).sight.recover(&watched);
            } else if self.is_lost(&watched).await {
                self.end(&watched);
                is_new = true;
            }
        }
        self.judge() || is_new
    }

    fn watch(&mut self, watched: Watched) {
        let watch = self.cluster.watch(&watched.resource);
        locked(&self.seen).sight.begin(watched.clone());
        self.watches.insert(watched, Box::pin(watch));
    }

    fn end(&mut self, watched: &Watched) {
        self.watches.remove(watched);
        locked(&self.seen).sight.end(watched);
    }

    /// Looks which of Glint's kinds there are; whether that changed.
    fn judge(&mut self) -> bool {
        let mut seen = locked(&self.seen);
        let (mut lacking, mut late) = (Vec::new(), Vec::new());
        for text in own(self.dialect) {
            match self.meanings.get(&text) {
                Some(Meaning::Nothing) => lacking.push(text),
                Some(Meaning::Served(resource)) if !seen.kinds.serves(&kind_of(resource)) => {
                    late.push(text);
                }
                Some(Meaning::Served(_) | Meaning::Unknown) | None => {}
            }
        }
        let is_new = seen.lacking != lacking || seen.late != late;
        (seen.lacking, seen.late) = (lacking, late);
        is_new
    }
}

/// The kinds that the config of an integration names; none where there is none yet.
pub(super) fn named(store: &Store, state_key: &str) -> BTreeSet<String> {
    store.read(|state| {
        let integration = state.integrations.get(state_key);
        let config = integration.and_then(|it| it.fields.get("config"));
        let blocks = config.and_then(|config| config["resources"].as_array());
        let kinds = blocks.into_iter().flatten();
        let kinds = kinds.filter_map(|block| block["kind"].as_str());
        kinds.map(str::to_owned).collect()
    })
}

/// Glint's kinds, which are followed whatever the config is.
fn own(dialect: Dialect) -> BTreeSet<String> {
    let kinds = EntityKind::ALL.into_iter();
    kinds
        .map(|kind| format!("{}/{}", dialect.api_version(), kind.plural()))
        .collect()
}

fn watched(meaning: &Meaning) -> Option<Watched> {
    match meaning {
        Meaning::Served(resource) => Some(Watched {
            keeps: Keeps::All,
            resource: resource.clone(),
        }),
        Meaning::Unknown | Meaning::Nothing => None,
    }
}
