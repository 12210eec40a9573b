//! What Flux's controllers get, and everybody else.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use tempfile::TempDir;
use tower::ServiceExt as _;

use super::Server;
use crate::artifact::archive::{ArchiveLimits, pack, unpack};
use crate::artifact::fetch::{AllowedHost, FetchOptions, Fetcher};
use crate::artifact::serve::routes;
use crate::artifact::storage::{PathKey, Storage, StorageOptions, Stored};
use crate::artifact::tree::FileTree;

/// A storage with an artifact of `bytes`.
fn stored(bytes: &[u8]) -> (TempDir, Storage, Stored) {
    let folder = tempfile::tempdir().unwrap();
    let options = StorageOptions {
        retention_ttl: Duration::from_secs(60),
        retention_records: 2,
    };
    let storage = Storage::open(folder.path(), options).unwrap();
    let stored = storage
        .put("shop", "pay", &PathKey::new("key"), bytes)
        .unwrap();
    (folder, storage, stored)
}

#[tokio::test]
async fn a_damaged_artifact_is_not_there_until_it_is_stored_again() {
    let (folder, storage, stored) = stored(b"glint");
    let router = routes(storage.clone());
    let path = format!("/{}", stored.path);
    fs::write(folder.path().join(&stored.path), "glunt").unwrap();
    let (status, ..) = ask(&router, Method::GET, &path).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let again = storage.put("shop", "pay", &PathKey::new("key"), b"glint");
    assert_eq!(again.unwrap(), stored);
    let (status, _, body) = ask(&router, Method::GET, &path).await;
    assert_eq!((status, body.as_slice()), (StatusCode::OK, &b"glint"[..]));
}

/// Status, headers and body of an answer, as Flux's Go client asks.
async fn ask(router: &Router, method: Method, path: &str) -> (StatusCode, HeaderMap, Vec<u8>) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("accept-encoding", "gzip")
        .body(Body::empty())
        .unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    (parts.status, parts.headers, body.to_vec())
}

/// The headers that an artifact of a length has, and no other.
fn headers(length: usize) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", "application/gzip".parse().unwrap());
    headers.insert("content-length", length.into());
    headers
}

#[tokio::test]
async fn an_artifact_leaves_as_it_is_even_to_who_takes_gzip() {
    // More than one piece of a file.
    let bytes = "glint".repeat(50_000).into_bytes();
    let (_folder, storage, stored) = stored(&bytes);
    let router = routes(storage);
    let path = format!("/{}", stored.path);
    let (status, found, body) = ask(&router, Method::GET, &path).await;
    assert_eq!((status, found), (StatusCode::OK, headers(bytes.len())));
    assert!(body == bytes);
    let (status, found, body) = ask(&router, Method::HEAD, &path).await;
    assert_eq!((status, found), (StatusCode::OK, headers(bytes.len())));
    assert!(body.is_empty());
    let (status, ..) = ask(&router, Method::GET, &format!("{path}?a=b")).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn what_is_served_is_fetched_and_unpacked_as_it_was() {
    let mut tree = FileTree::default();
    tree.insert("kustomization.yaml", "resources: [pay.yaml]\n")
        .unwrap();
    tree.insert("pay.yaml", "kind: Entity\n").unwrap();
    let (_folder, storage, stored) = stored(&pack(&tree));
    let server = Server::start(routes(storage)).await;
    let options = FetchOptions {
        hosts: vec![AllowedHost::parse(&server.address.to_string()).unwrap()],
        size: 1 << 20,
        timeout: Duration::from_secs(60),
    };
    let fetcher = Fetcher::new(options).unwrap();
    let url = server.url(&stored.path);
    let fetched = fetcher
        .fetch(&url, &stored.digest, Some(stored.size))
        .await
        .unwrap();
    let limits = ArchiveLimits::default();
    assert_eq!(unpack(fetched.as_slice(), &limits).unwrap(), tree);
}

#[tokio::test]
async fn all_else_is_not_found_and_nothing_is_listed() {
    let (folder, storage, stored) = stored(b"x");
    fs::write(folder.path().join(".secret-key"), "secret").unwrap();
    let router = routes(storage);
    let path = stored.path.as_str();
    let (segment, file) = {
        let mut parts = path.rsplit('/');
        let file = parts.next().unwrap();
        (parts.next().unwrap(), file)
    };
    for path in [
        "/".to_owned(),
        "/externalartifact".to_owned(),
        "/externalartifact/".to_owned(),
        "/externalartifact/shop".to_owned(),
        "/externalartifact/shop/pay/".to_owned(),
        format!("/externalartifact/shop/pay/{segment}"),
        format!("/externalartifact/shop/pay/{segment}/"),
        format!("/externalartifact/shop/pay/{}/{file}", "0".repeat(32)),
        format!("/externalartifact/shop/other/{segment}/{file}"),
        format!("/externalartifact/shop/pay/{segment}/latest.tar.gz"),
        format!(
            "/externalartifact/shop/pay/{segment}/{}",
            file.replace(".tar.gz", "")
        ),
        format!(
            "/externalartifact/shop/pay/{segment}/{}.tar.gz",
            "0".repeat(64)
        ),
        format!("/{path}/"),
        format!("/externalartifact/../{path}"),
        "/externalartifact/../.secret-key".to_owned(),
        "/externalartifact/..%2f.secret-key".to_owned(),
        "/externalartifact/%2e%2e/.secret-key".to_owned(),
        format!("/{}", path.replace("shop", "%73hop")),
        format!("/{}", path.replace("/pay", "%2fpay")),
        "/externalartifact/%ff%00".to_owned(),
        "/externalartifact/%".to_owned(),
        "/.secret-key".to_owned(),
    ] {
        let (status, _, body) = ask(&router, Method::GET, &path).await;
        assert_eq!(
            (status, body),
            (StatusCode::NOT_FOUND, Vec::new()),
            "{path}"
        );
        let (status, ..) = ask(&router, Method::HEAD, &path).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn nobody_writes() {
    let (_folder, storage, stored) = stored(b"x");
    let router = routes(storage.clone());
    let path = format!("/{}", stored.path);
    for method in [
        Method::POST,
        Method::PUT,
        Method::DELETE,
        Method::PATCH,
        Method::OPTIONS,
    ] {
        let (status, ..) = ask(&router, method, &path).await;
        assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    }
    assert!(storage.verify(&stored.path, &stored.digest));
}

#[tokio::test]
async fn a_link_is_not_served() {
    let (folder, storage, stored) = stored(b"x");
    let file = folder.path().join(&stored.path);
    fs::rename(&file, folder.path().join("moved")).unwrap();
    symlink(folder.path().join("moved"), file).unwrap();
    let (status, ..) = ask(&routes(storage), Method::GET, &format!("/{}", stored.path)).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}
