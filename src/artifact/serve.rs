//! Serving artifacts over HTTP, to Flux's controllers.
//!
//! Not for listening (`controller`). Invariants: what is not there is 404 whatever
//! was asked, since Flux tries anything else again for minutes and holds a worker
//! meanwhile; what is damaged is not there; bytes leave as they are on the disk, never encoded, since Go would
//! decode them and the digest would be another's; nothing is listed.

use std::fs::File;
use std::io::{self, Read as _};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use futures_util::stream::try_unfold;
use tokio::task::spawn_blocking;

use super::storage::{KIND, Storage};

/// How much of a file is in memory at a time.
const PIECE: usize = 64 << 10;

/// `GET` and `HEAD` of the artifacts of a storage; all else is not found.
pub(crate) fn routes(storage: Storage) -> Router {
    Router::new()
        .route(&format!("/{KIND}/{{*path}}"), get(artifact))
        .with_state(storage)
}

async fn artifact(State(storage): State<Storage>, method: Method, uri: Uri) -> Response {
    // As it was sent: a path of ours has nothing that needs to be encoded.
    let path = uri.path().trim_start_matches('/').to_owned();
    let found = spawn_blocking(move || storage.whole(&path)).await;
    let Ok(Some((file, length))) = found else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let body = match method {
        Method::HEAD => Body::empty(),
        _ => contents(file),
    };
    let headers = [
        (CONTENT_TYPE, "application/gzip".to_owned()),
        (CONTENT_LENGTH, length.to_string()),
    ];
    (headers, body).into_response()
}

/// A file, piece by piece.
fn contents(file: File) -> Body {
    Body::from_stream(try_unfold(file, |file| async {
        let read = spawn_blocking(move || piece(file)).await;
        read.map_err(io::Error::other)?
    }))
}

fn piece(mut file: File) -> io::Result<Option<(Bytes, File)>> {
    let mut piece = vec![0; PIECE];
    let read = file.read(&mut piece)?;
    piece.truncate(read);
    Ok((read > 0).then(|| (piece.into(), file)))
}
