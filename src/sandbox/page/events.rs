//! Live changes, as server-sent events: only that something changed, as the page
//! asks for what it shows.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, StreamExt as _, stream};
use tokio_stream::wrappers::BroadcastStream;

use crate::sandbox::store::{Change, Store};

/// A stream that nothing passes is ended by some, and kept by nobody for long.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// All changes from now on, none of them empty: a browser drops those. The first event says that the stream has begun: what
/// happened between a page and its stream would be missed otherwise.
pub(super) fn events(store: &Store) -> Sse<impl Stream<Item = Result<Event, Infallible>> + use<>> {
    let changes = BroadcastStream::new(store.changes());
    // Who is too slow misses some, and is told that something changed all the same.
    let changes = changes.map(|change| event(change.ok().as_ref()));
    let begun = stream::once(async { Event::default().event("begun").data("all") });
    let events = begun.chain(changes).map(Ok);
    Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}

fn event(change: Option<&Change>) -> Event {
    let kind = match change {
        Some(Change::Entity(_)) => "entity",
        Some(Change::Blueprint(_)) => "blueprint",
        Some(Change::Integration(_)) => "integration",
        Some(Change::Following) => "following",
        None => "several",
    };
    Event::default().event("change").data(kind)
}
