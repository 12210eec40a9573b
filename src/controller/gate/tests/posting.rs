//! From the board to what a notification-controller on loopback takes.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::{COMMIT, application, delivered, kustomization, of_artifact, refused};
use crate::cluster::Cluster;
use crate::controller::frame::{Activity, Context, Frame, FrameOptions, Notifier, Shard};
use crate::controller::gate::FluxEvents;
use crate::controller::report::board::{Board, Standing};

/// Plays notification-controller: takes an event once in its five minutes.
#[derive(Clone)]
struct Receiver {
    keys: Arc<Mutex<BTreeSet<String>>>,
    taken: mpsc::UnboundedSender<Value>,
}

/// As its `eventKeyFunc` has it.
fn key(event: &Value) -> String {
    let object = &event["involvedObject"];
    let version = object["apiVersion"].as_str().expect("a version");
    let group = version.split('/').next().expect("a group");
    let said = |name: &str| &event["metadata"][format!("{group}/{name}")];
    format!(
        "{}/{}/{}/{}/{}/{}/{}",
        object["name"],
        object["namespace"],
        object["kind"],
        event["message"],
        said("originRevision"),
        said("revision"),
        said("token"),
    )
}

async fn take(State(receiver): State<Receiver>, Json(event): Json<Value>) -> StatusCode {
    let mut keys = receiver.keys.lock().expect("nobody panics here");
    match keys.insert(key(&event)) {
        true => {
            receiver.taken.send(event).expect("the test looks");
            StatusCode::ACCEPTED
        }
        false => StatusCode::TOO_MANY_REQUESTS,
    }
}

/// Where it listens, and what it has taken.
async fn receiver() -> (String, mpsc::UnboundedReceiver<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("it listens");
    let (taken, events) = mpsc::unbounded_channel();
    let receiver = Receiver {
        keys: Arc::default(),
        taken,
    };
    let router = Router::new().route("/", post(take)).with_state(receiver);
    tokio::spawn(async move { axum::serve(listener, router).await });
    (format!("http://{address}/"), events)
}

fn context(is_dry_run: bool) -> Context {
    let options = FrameOptions {
        controller: "glint-report",
        replica: "glint-report-0".to_owned(),
        namespace: "flux-system".to_owned(),
        shard: Shard::default(),
        is_elected: false,
        is_dry_run,
        health: None,
        metrics: None,
        policy: Arc::new(|| Ok(true)),
    };
    let mut context = Frame::new(Cluster::unreachable(), options).context();
    context.activity = Activity::always();
    context
}

/// A board whose changes are told to an address.
fn told(address: &str, context: Context) -> Board {
    let board = Board::new();
    let (activity, events) = (context.activity.clone(), context.events.clone());
    let replica = "glint-report-0".to_owned();
    let (notifier, posting) =
        Notifier::to(address, "glint-report", replica, events).expect("an address");
    tokio::spawn(FluxEvents::new(context, board.clone(), notifier).run());
    tokio::spawn(posting.run(activity));
    board
}

async fn next(events: &mut mpsc::UnboundedReceiver<Value>) -> Value {
    let event = timeout(Duration::from_secs(30), events.recv()).await;
    let mut event = event.expect("it comes soon").expect("it listens");
    // What differs from run to run.
    for (place, name) in [
        ("", "timestamp"),
        ("/metadata", "kustomize.toolkit.fluxcd.io/token"),
    ] {
        let holder = event.pointer_mut(place).expect("it is there");
        let said = holder[name].as_str().expect("a time");
        assert!(said.starts_with("20") && said.ends_with('Z'), "{said}");
        holder[name] = json!("…");
    }
    event
}

fn put(board: &Board, standing: Standing) {
    board.put(Arc::new(standing));
}

#[tokio::test]
async fn failure_and_recovery_arrive_whole() {
    let (address, mut events) = receiver().await;
    let board = told(&address, context(false));
    let mut standing = of_artifact();
    let number = "event.toolkit.fluxcd.io/change_request".to_owned();
    standing.event_metadata = [(number, "17".to_owned())].into();
    put(&board, standing.clone());
    put(&board, refused(standing.clone()));
    let artifact = format!("latest@sha256:{}", "c5".repeat(32));
    let expected = |severity: &str, reason: &str, message: &str| {
        json!({
            "involvedObject": {
                "kind": "Kustomization",
                "namespace": "flux-system",
                "name": "shop",
                "uid": "k-1",
                "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
            },
            "severity": severity,
            "timestamp": "…",
            "message": message,
            "reason": reason,
            "metadata": {
                "event.toolkit.fluxcd.io/change_request": "17",
                "event.toolkit.fluxcd.io/commit": COMMIT,
                "kustomize.toolkit.fluxcd.io/originRevision": format!("main@sha1:{COMMIT}"),
                "kustomize.toolkit.fluxcd.io/revision": artifact,
                "kustomize.toolkit.fluxcd.io/token": "…",
            },
            "reportingController": "glint-report",
            "reportingInstance": "glint-report-0",
        })
    };
    let failure = expected(
        "error",
        "CatalogDisagrees",
        "Glint: the catalog disagrees: of 3 entities 2 delivered, 1 rejected; \
            `service/pay` `invalid_entity`",
    );
    let recovery = expected(
        "info",
        "CatalogAgrees",
        "Glint: the catalog agrees: of 3 entities 3 delivered",
    );
    assert_eq!(next(&mut events).await, failure);
    put(&board, delivered(standing.clone()));
    assert_eq!(next(&mut events).await, recovery);
    // The same once more within its five minutes: nothing is taken for a repetition.
    put(&board, refused(standing.clone()));
    assert_eq!(next(&mut events).await, failure);
    put(&board, delivered(standing));
    assert_eq!(next(&mut events).await, recovery);
}

#[tokio::test]
async fn an_event_has_the_form_of_a_recorded_one() {
    let (address, mut events) = receiver().await;
    let board = told(&address, context(false));
    put(&board, delivered(kustomization()));
    let ours = next(&mut events).await;
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/objects/notification/event.recorded.json"
    );
    let recorded = std::fs::read(path).expect("it is there");
    let recorded: Value = serde_json::from_slice(&recorded).expect("it is JSON");
    let keys = |event: &Value| -> BTreeSet<String> {
        let object = event["involvedObject"].as_object().expect("an object");
        let all = event.as_object().expect("an object").keys();
        all.chain(object.keys()).cloned().collect()
    };
    let missing: Vec<String> = keys(&recorded).difference(&keys(&ours)).cloned().collect();
    // Nobody asks for it.
    assert_eq!(missing, ["resourceVersion"]);
    assert_eq!(keys(&ours).difference(&keys(&recorded)).count(), 0);
    let update = "kustomize.toolkit.fluxcd.io/commit_status";
    assert_eq!(ours["metadata"][update], recorded["metadata"][update]);
}

#[tokio::test]
async fn nothing_is_told_of_applications_nor_in_a_dry_run() {
    let (address, mut events) = receiver().await;
    let dry = told(&address, context(true));
    put(&dry, refused(kustomization()));
    let board = told(&address, context(false));
    put(&board, refused(application()));
    // What comes after them comes first.
    put(&board, refused(of_artifact()));
    assert_eq!(next(&mut events).await["reason"], "CatalogDisagrees");
    assert!(events.is_empty());
}

#[tokio::test]
async fn many_at_once_are_all_told() {
    let (address, mut events) = receiver().await;
    let board = told(&address, context(false));
    let names: BTreeSet<String> = (0..2_000).map(|it| format!("shop-{it}")).collect();
    for name in &names {
        let mut standing = refused(kustomization());
        standing.subject.name.clone_from(name);
        put(&board, standing);
    }
    let mut told = BTreeSet::new();
    while told.len() < names.len() {
        let event = next(&mut events).await;
        let name = event["involvedObject"]["name"].as_str().expect("a name");
        told.insert(name.to_owned());
    }
    assert_eq!(told, names);
    assert!(events.is_empty());
}
