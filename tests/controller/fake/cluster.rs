//! The handle of a test on its cluster.
//!
//! All of it is plain calls, none of them async and none by the network, so nothing
//! that a test does itself stands among the requests.

use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use glint_gitops::Right;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use super::events::{Told, told};
use super::kind::Kind;
use super::object::Part;
use super::request::Request;
use super::rights::{Given, beyond, unused};
use super::serve::{Fault, Shared, router};
use super::store::{Identity, Producer};
use super::write::Hand;
use crate::waiting::wait_for;

/// A running API server; it ends with this.
pub(crate) struct FakeCluster {
    shared: Arc<Shared>,
    /// Stays bound while nobody serves, so that the port stays ours.
    door: TcpListener,
    address: SocketAddr,
    server: Mutex<Option<Runtime>>,
    folder: TempDir,
    /// What its clients may do; whatever they like, where nothing is said.
    given: Mutex<Vec<Given>>,
}

impl FakeCluster {
    /// Starts one that serves what every cluster serves: namespaces, ConfigMaps, Secrets,
    /// Events of both groups, Leases, Deployments and CRDs. It is 10:00 on 2026-11-23
    /// there, and stays so.
    pub(crate) fn start() -> Self {
        let door = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        door.set_nonblocking(true).expect("a socket");
        let address = door.local_addr().expect("an address");
        let folder = tempfile::tempdir().expect("a folder");
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "fake",
            "contexts": [{"name": "fake", "context": {"cluster": "fake", "user": "fake"}}],
            "clusters": [{"name": "fake", "cluster": {"server": format!("http://{address}")}}],
            "users": [{"name": "fake", "user": {}}],
        });
        let cluster = Self {
            shared: Arc::new(Shared::new()),
            door,
            address,
            server: Mutex::new(None),
            folder,
            given: Mutex::new(Vec::new()),
        };
        std::fs::write(cluster.kubeconfig(), config.to_string()).expect("a file");
        cluster.come_back();
        cluster
    }

    /// The same with some kinds installed.
    pub(crate) fn with(kinds: &[Kind]) -> Self {
        let cluster = Self::start();
        kinds.iter().for_each(|kind| cluster.install(*kind));
        cluster
    }

    /// `http://127.0.0.1:40123`
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The file that leads a client here.
    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.folder.path().join("kubeconfig")
    }

    /// A folder of the test's own that goes with the cluster.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// Kinds.
impl FakeCluster {
    /// Serves a kind from now on, as when its CRD is installed (the CRD itself is an
    /// object that a test may put beside it).
    pub(crate) fn install(&self, kind: Kind) {
        self.shared.store().serve(kind);
    }

    /// Serves a kind no more: 404, its watches end, and its objects are told to nobody,
    /// not even as deleted. Installed again, they are there again.
    pub(crate) fn uninstall(&self, kind: Kind) {
        let mut store = self.shared.store();
        store.of_mut(&kind).is_served = false;
        store.changed.send_replace(());
    }

    /// Installs a kind with objects (namespace and name) that are written down, as JSON,
    /// only when somebody reads them, so that many large ones take no memory. The JSON
    /// holds [`Identity::metadata`], or what that holds. Changed, such an object becomes
    /// one like all others.
    pub(crate) fn install_lazily(
        &self,
        kind: Kind,
        keys: impl IntoIterator<Item = (String, String)>,
        write: impl Fn(&Identity) -> String + Send + Sync + 'static,
    ) {
        let producer: Producer = Arc::new(write);
        self.shared.store().serve_lazily(kind, keys, &producer);
    }
}

/// Objects. `namespace` is empty for kinds without.
impl FakeCluster {
    /// Makes an object, or puts it in the place of the one that is there, as some other
    /// program would. With a `status` in it that is written too, else the status stays.
    /// Answers the object as it is then.
    #[track_caller]
    pub(crate) fn put(&self, object: Value) -> Value {
        let mut store = self.shared.store();
        let is_it =
            |kind: &Kind| object["apiVersion"] == kind.api_version() && object["kind"] == kind.kind;
        let mut kinds = store.collections.iter().map(|it| it.kind);
        let kind = kinds.find(is_it).expect("its kind is installed");
        let put = store.set(&kind, object, &hand(Part::Whole));
        put.unwrap_or_else(|refusal| panic!("{}", refusal.message))
            .as_ref()
            .clone()
    }

    /// Puts a status into an object.
    #[track_caller]
    pub(crate) fn put_status(
        &self,
        kind: Kind,
        namespace: &str,
        name: &str,
        status: Value,
    ) -> Value {
        self.change(kind, namespace, name, |object| object["status"] = status)
    }

    /// Changes an object in place, status included.
    #[track_caller]
    pub(crate) fn change(
        &self,
        kind: Kind,
        namespace: &str,
        name: &str,
        change: impl FnOnce(&mut Value),
    ) -> Value {
        let object = self.get(kind, namespace, name);
        let mut object = object.unwrap_or_else(|| panic!("there is no {namespace}/{name}"));
        change(&mut object);
        self.put(object)
    }

    /// Deletes an object; one with finalizers is marked and stays until they are gone.
    #[track_caller]
    pub(crate) fn delete(&self, kind: Kind, namespace: &str, name: &str) {
        let key = (namespace.to_owned(), name.to_owned());
        let mut store = self.shared.store();
        let deleted = store.delete(&kind, &key, &json!({}), &hand(Part::Whole));
        deleted.unwrap_or_else(|refusal| panic!("{}", refusal.message));
    }

    /// An object, as it is now.
    #[track_caller]
    pub(crate) fn get(&self, kind: Kind, namespace: &str, name: &str) -> Option<Value> {
        let key = (namespace.to_owned(), name.to_owned());
        let found = self.shared.store().get(&kind, &key);
        found.map(|object| object.as_ref().clone())
    }

    /// All objects of a kind, by namespace and name.
    #[track_caller]
    pub(crate) fn list(&self, kind: Kind) -> Vec<Value> {
        let store = self.shared.store();
        let objects = store.of(&kind).objects.values();
        objects.map(|held| held.object().as_ref().clone()).collect()
    }

    /// What Events of both groups tell, the oldest first.
    pub(crate) fn events(&self) -> Vec<Told> {
        told(&self.shared.store())
    }
}

/// Time.
impl FakeCluster {
    /// What time it is from now on, in RFC 3339: what objects say of their making and
    /// their end.
    pub(crate) fn set_time(&self, time: &str) {
        self.shared.store().now = time.parse().expect("a time of RFC 3339");
    }

    /// Lets time pass.
    pub(crate) fn advance(&self, time: Duration) {
        self.shared.store().now += time;
    }
}

/// What goes wrong.
impl FakeCluster {
    /// Cuts every watch, as a load balancer does: each client may go on where it was.
    pub(crate) fn drop_watches(&self) {
        let mut store = self.shared.store();
        store.cuts += 1;
        store.changed.send_replace(());
    }

    /// Lets the watches of a kind tell nothing of what happens from now on, as when a
    /// server's cache is behind: who asks for an object is answered as ever.
    pub(crate) fn hold_watches(&self, kind: Kind) {
        self.shared.store().of_mut(&kind).is_held = true;
    }

    /// Lets them tell all that happened meanwhile.
    pub(crate) fn release_watches(&self, kind: Kind) {
        let mut store = self.shared.store();
        store.of_mut(&kind).is_held = false;
        store.changed.send_replace(());
    }

    /// Forgets all that happened: every watch, and every page of a list, is told that it
    /// is too old (410).
    pub(crate) fn expire_watches(&self) {
        self.shared.store().forget();
    }

    /// Sends a bookmark to every watch that takes them.
    pub(crate) fn send_bookmarks(&self) {
        let mut store = self.shared.store();
        store.bookmarks += 1;
        store.changed.send_replace(());
    }

    /// Lets the next `count` requests fail with a status of HTTP, discovery included.
    pub(crate) fn fail(&self, count: usize, status: u16) {
        self.fail_where(count, status, |_| true);
    }

    /// Lets the next `count` of some requests fail; `usize::MAX` for all from now on. A
    /// controller without a permission is one for whom these fail with 403.
    pub(crate) fn fail_where(
        &self,
        count: usize,
        status: u16,
        is_about: impl Fn(&Request) -> bool + Send + 'static,
    ) {
        self.shared.faults().push(Fault {
            left: count,
            status,
            is_about: Box::new(is_about),
        });
    }

    /// Nothing fails any more.
    pub(crate) fn heal(&self) {
        self.shared.faults().clear();
    }

    /// Serves no more: every connection is cut, and so is each new one.
    pub(crate) fn go_down(&self) {
        self.run(|runtime, door| {
            runtime.spawn(async move {
                loop {
                    drop(door.accept().await);
                }
            });
        });
    }

    /// Serves again, at the same address and with the same objects.
    pub(crate) fn come_back(&self) {
        let router = router(Arc::clone(&self.shared));
        self.run(|runtime, door| {
            runtime.spawn(async move {
                let ended = axum::serve(door, router).await;
                ended.expect("it serves until its runtime ends");
            });
        });
    }

    /// Lets a new runtime do something with the door, in the place of the one before.
    fn run(&self, start: impl FnOnce(&Runtime, tokio::net::TcpListener)) {
        let mut server = self.server.lock().expect("no test panics here");
        end(server.take());
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("fake-cluster")
            .enable_all()
            .build()
            .expect("a runtime");
        let door = self.door.try_clone().expect("a socket");
        let entered = runtime.enter();
        let door = tokio::net::TcpListener::from_std(door).expect("a socket");
        drop(entered);
        start(&runtime, door);
        *server = Some(runtime);
    }
}

/// What it was asked.
impl FakeCluster {
    /// Every request, the oldest first, a watch at its beginning.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.shared.requests().clone()
    }

    /// How many of the requests are so: without a copy of all, as there may be many.
    pub(crate) fn count_requests(&self, is_so: impl Fn(&Request) -> bool) -> usize {
        let requests = self.shared.requests();
        requests.iter().filter(|request| is_so(request)).count()
    }

    /// Forgets the requests so far.
    pub(crate) fn forget_requests(&self) {
        self.shared.requests().clear();
    }

    /// What RBAC must allow for the requests so far, as (group, resource, verb):
    /// `("glint.io", "entities/status", "patch")`.
    pub(crate) fn rules(&self) -> BTreeSet<(String, String, &'static str)> {
        self.requests().iter().flat_map(Request::needs).collect()
    }

    /// Holds its clients to these rights, which one in that namespace has, and to those
    /// that were given before: a request that goes beyond them fails the test at its end.
    pub(crate) fn hold_to(&self, rights: &'static [Right], own: &'static str) {
        self.given().push(Given { rights, own });
    }

    /// Which of those rights no request has used so far.
    pub(crate) fn unused_rights(&self) -> BTreeSet<String> {
        unused(&self.given(), &self.requests())
    }

    fn given(&self) -> MutexGuard<'_, Vec<Given>> {
        self.given.lock().expect("no test panics here")
    }

    /// What was asked for and is not allowed.
    fn beyond_rights(&self) -> BTreeSet<String> {
        let given = self.given();
        match given.is_empty() {
            true => BTreeSet::new(),
            false => beyond(&given, &self.requests()),
        }
    }

    /// Waits until something is so, half a minute at most; `what` is for who reads that
    /// it never was.
    #[track_caller]
    pub(crate) fn wait_until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        self.wait_for(what, |cluster| is_so(cluster).then_some(()));
    }

    /// Waits until there is something, and answers it.
    #[track_caller]
    pub(crate) fn wait_for<T>(&self, what: &str, find: impl Fn(&Self) -> Option<T>) -> T {
        wait_for(what, || find(self), || self.asked_last())
    }

    /// The last requests, for a message.
    fn asked_last(&self) -> String {
        let requests = self.requests();
        let last = requests.iter().rev().take(20).rev().map(|request| {
            let Request {
                verb, path, status, ..
            } = request;
            format!("  {verb} {path} {status}\n")
        });
        format!("the last requests:\n{}", last.collect::<String>())
    }
}

impl std::fmt::Debug for FakeCluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("FakeCluster").field(&self.address).finish()
    }
}

impl Drop for FakeCluster {
    fn drop(&mut self) {
        if let Ok(server) = self.server.get_mut() {
            end(server.take());
        }
        if !thread::panicking() {
            let beyond = self.beyond_rights();
            assert!(beyond.is_empty(), "asked beyond its rights: {beyond:?}");
        }
    }
}

/// Ends a server and its connections. By a thread, since a test that is async may not
/// wait for a runtime.
fn end(server: Option<Runtime>) {
    if let Some(runtime) = server {
        let ending = thread::spawn(move || runtime.shutdown_timeout(Duration::from_secs(5)));
        ending.join().expect("the server ends");
    }
}

/// The test itself, as a field manager.
fn hand(part: Part) -> Hand {
    Hand {
        manager: "test".to_owned(),
        part,
        is_dry_run: false,
    }
}
