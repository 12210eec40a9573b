//! Following the objects of a kind, each reduced at once to what is kept of it.
//!
//! Goes on through lost connections, lists anew where a watch is too old, waits for a
//! kind that is not served yet. What is kept here of an object is its name and a
//! digest of its version, so that a new list tells what is new, changed or gone, and
//! nothing else. Invariant: an object is told as deleted only where a watch said so,
//! or a complete list lacks it.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::pin::Pin;
use std::time::Duration;

use futures_util::stream::{self, BoxStream, SelectAll};
use futures_util::{Stream, StreamExt};
use kube::api::Api;
use kube::runtime::watcher::Event;
use kube::runtime::{WatchStreamExt, watcher};
use serde_json::Value;

use super::parts::Partial;
use super::{Cluster, ClusterError, Read, Resource, Whole, is_of_kind, list, reason};

/// When a kind that is not served, or that can't be asked for, is asked for again.
const AGAIN: Duration = Duration::from_secs(5);

/// What is followed.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    /// As a block of the exporter's config names a kind:
    /// `argoproj.io/v1alpha1/applications`.
    pub kind: String,
    /// Where; everywhere if there is none.
    pub namespaces: Vec<String>,
    /// Which, by a selector of labels: `sharding.fluxcd.io/key=shard1`.
    pub labels: Option<String>,
    /// How many objects are in memory at once while they are listed.
    pub page: u32,
}

impl Scope {
    /// All objects of a kind, whole.
    pub(crate) fn all(kind: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            namespaces: Vec::new(),
            labels: None,
            page: 100,
        }
    }
}

/// An object's name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Name {
    /// `None` for what has none.
    pub namespace: Option<String>,
    /// In its namespace.
    pub name: String,
}

/// What happens to the objects that are followed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Change<T> {
    /// The kind is not served now. That says nothing about objects that were told
    /// before.
    Unserved,
    /// One is there, new or changed.
    Applied(T),
    /// One is gone.
    Deleted(Name),
    /// All that there are have been told: after each complete list.
    Listed(Resource),
}

type Events = Pin<Box<dyn Stream<Item = (usize, watcher::Result<Event<Value>>)> + Send>>;

impl Cluster {
    /// What happens to the objects of a kind, from now on, for ever. An error is told
    /// and tried again, each time later.
    pub(crate) fn follow<T: Send + 'static>(
        &self,
        scope: Scope,
        reduce: impl FnMut(Value) -> T + Send + 'static,
    ) -> BoxStream<'static, Result<Change<T>, ClusterError>> {
        self.follow_parts::<Whole, T>(scope, reduce)
    }

    /// The same, where only parts of the objects are read. Their name, namespace, uid and
    /// version have to be among them.
    pub(crate) fn follow_parts<R: Read, T: Send + 'static>(
        &self,
        scope: Scope,
        reduce: impl FnMut(Value) -> T + Send + 'static,
    ) -> BoxStream<'static, Result<Change<T>, ClusterError>> {
        let following = Following {
            places: vec![Place::default(); scope.namespaces.len().max(1)],
            cluster: self.clone(),
            scope,
            events: Self::events::<R>,
            reduce: Box::new(reduce),
            watch: None,
            is_unserved: false,
            is_asked: false,
            told: VecDeque::new(),
        };
        let changes = stream::unfold(following, |mut following| async move {
            let next = following.next().await;
            Some((next, following))
        });
        changes.boxed()
    }

    /// The events of a kind in each of the namespaces.
    fn events<R: Read>(&self, resource: &Resource, scope: &Scope) -> SelectAll<Events> {
        let mut config = watcher::Config::default().page_size(scope.page);
        config.label_selector.clone_from(&scope.labels);
        let namespaces = match scope.namespaces.as_slice() {
            [] => vec![None],
            namespaces => namespaces.iter().map(|it| Some(it.as_str())).collect(),
        };
        let mut all = SelectAll::new();
        for (place, namespace) in namespaces.into_iter().enumerate() {
            let api: Api<Partial<R>> = self.api_in(resource, namespace);
            let events = watcher(api, config.clone()).default_backoff();
            let resource = resource.clone();
            let events: Events = Box::pin(events.map(move |event| {
                let event = event
                    .map(|event| of_values(event, |object| list::typed(object.value, &resource)));
                (place, event)
            }));
            all.push(events);
        }
        all
    }
}

fn of_values<K>(event: Event<K>, value: impl Fn(K) -> Value) -> Event<Value> {
    match event {
        Event::Init => Event::Init,
        Event::InitApply(object) => Event::InitApply(value(object)),
        Event::InitDone => Event::InitDone,
        Event::Apply(object) => Event::Apply(value(object)),
        Event::Delete(object) => Event::Delete(value(object)),
    }
}

/// What is known of one namespace, or of all.
#[derive(Clone, Debug, Default)]
struct Place {
    /// The objects that were told, by namespace and name with a `/` between.
    known: HashMap<Box<str>, Known>,
    /// The number of the list that is under way, or was last.
    list: u32,
    /// Whether a list of the watch that goes on was complete.
    is_listed: bool,
}

/// An object that was told.
#[derive(Clone, Copy, Debug)]
struct Known {
    /// A digest of its version.
    version: u64,
    /// The list that told it last, or behind which a watch did.
    list: u32,
}

/// A kind that is followed.
struct Following<T> {
    cluster: Cluster,
    scope: Scope,
    events: fn(&Cluster, &Resource, &Scope) -> SelectAll<Events>,
    reduce: Box<dyn FnMut(Value) -> T + Send>,
    places: Vec<Place>,
    /// None while the kind is not known to be served.
    watch: Option<(Resource, SelectAll<Events>)>,
    is_unserved: bool,
    /// Whether it was asked at least once which kind it is.
    is_asked: bool,
    told: VecDeque<Change<T>>,
}

impl<T> Following<T> {
    async fn next(&mut self) -> Result<Change<T>, ClusterError> {
        loop {
            if let Some(told) = self.told.pop_front() {
                return Ok(told);
            }
            match &mut self.watch {
                None => self.look().await?,
                Some((_, events)) => match events.next().await {
                    Some((place, Ok(event))) => self.take(place, event),
                    Some((_, Err(error))) => return Err(self.trouble(&error).await),
                    // The client's watches never end by themselves.
                    None => self.watch = None,
                },
            }
        }
    }

    /// Asks which kind it is, at once for the first time.
    async fn look(&mut self) -> Result<(), ClusterError> {
        if std::mem::replace(&mut self.is_asked, true) {
            tokio::time::sleep(AGAIN).await;
        }
        match self.cluster.resolve(&self.scope.kind).await? {
            Some(resource) => {
                let events = (self.events)(&self.cluster, &resource, &self.scope);
                self.watch = Some((resource, events));
                self.is_unserved = false;
                for place in &mut self.places {
                    place.is_listed = false;
                }
            }
            None if self.is_unserved => {}
            None => {
                self.is_unserved = true;
                self.told.push_back(Change::Unserved);
            }
        }
        Ok(())
    }

    /// The error to tell; where the kind is served no more, the watch ends.
    async fn trouble(&mut self, error: &watcher::Error) -> ClusterError {
        let plural = match &self.watch {
            Some((resource, _)) => resource.plural.clone(),
            None => self.scope.kind.clone(),
        };
        if !is_of_kind(error) {
            return self.cluster.unread(reason(error));
        }
        if let Ok(None) = self.cluster.resolve(&self.scope.kind).await {
            self.watch = None;
            self.is_unserved = true;
            self.told.push_back(Change::Unserved);
        }
        ClusterError::Refused {
            cluster: self.cluster.name.clone(),
            plural,
            reason: reason(error),
        }
    }

    fn take(&mut self, place: usize, event: Event<Value>) {
        match event {
            Event::Init => {
                let place = &mut self.places[place];
                place.list = place.list.wrapping_add(1);
            }
            Event::InitApply(object) | Event::Apply(object) => self.applied(place, object),
            Event::InitDone => self.done(place),
            Event::Delete(object) => {
                let name = Name::of(&object);
                self.places[place].known.remove(&*name.key());
                self.told.push_back(Change::Deleted(name));
            }
        }
    }

    /// Tells an object, unless it was told as it is.
    fn applied(&mut self, place: usize, object: Value) {
        let version = version(&object);
        let place = &mut self.places[place];
        let now = Known {
            version,
            list: place.list,
        };
        let before = place.known.insert(Name::of(&object).key(), now);
        if before.map(|it| it.version) != Some(version) {
            self.told.push_back(Change::Applied((self.reduce)(object)));
        }
    }

    /// Tells what a complete list lacks, and once all lists are complete, that they
    /// are.
    fn done(&mut self, place: usize) {
        let place = &mut self.places[place];
        let list = place.list;
        let gone = place.known.extract_if(|_, known| known.list != list);
        let mut gone: Vec<Name> = gone.map(|(key, _)| Name::of_key(&key)).collect();
        gone.sort();
        self.told.extend(gone.into_iter().map(Change::Deleted));
        place.is_listed = true;
        if let Some((resource, _)) = &self.watch
            && self.places.iter().all(|place| place.is_listed)
        {
            self.told.push_back(Change::Listed(resource.clone()));
        }
    }
}

impl Name {
    fn of(object: &Value) -> Self {
        let metadata = &object["metadata"];
        Self {
            namespace: metadata["namespace"].as_str().map(str::to_owned),
            name: metadata["name"].as_str().unwrap_or_default().to_owned(),
        }
    }

    /// In one piece, as there are many: neither half has a `/`.
    fn key(&self) -> Box<str> {
        let namespace = self.namespace.as_deref().unwrap_or_default();
        format!("{namespace}/{}", self.name).into()
    }

    fn of_key(key: &str) -> Self {
        let (namespace, name) = key.split_once('/').unwrap_or_default();
        Self {
            namespace: Some(namespace.to_owned()).filter(|it| !it.is_empty()),
            name: name.to_owned(),
        }
    }
}

/// An object made anew may have any version, so its identity counts too.
fn version(object: &Value) -> u64 {
    let metadata = &object["metadata"];
    let mut hash = DefaultHasher::new();
    metadata["uid"].as_str().hash(&mut hash);
    metadata["resourceVersion"].as_str().hash(&mut hash);
    hash.finish()
}

#[cfg(test)]
mod tests;
