//! HTTPS with an authority of one's own.
//!
//! The files in `tls/` are two authorities and a server's certificate of the first
//! for `localhost`, valid from 2020 to 2120, and the server's key, which opens
//! nothing else.

use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::json;

use super::server::{Server, answer, token};
use super::{client_of, connection};
use crate::catalog_api::ApiError;

pub(super) const AUTHORITY: &[u8] = include_bytes!("tls/authority.pem");
const STRANGER: &[u8] = include_bytes!("tls/stranger.pem");
const CERTIFICATE: &[u8] = include_bytes!("tls/server.pem");
const KEY: &[u8] = include_bytes!("tls/server.key");

fn server() -> Server {
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE).unwrap();
    let key = PrivateKeyDer::from_pem_slice(KEY).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let config = Arc::new(config);
    let handler = |seen: &super::server::Seen| match seen.is_token() {
        true => token(1, 10_800),
        false => answer(200, json!({"ok": true, "organization": {}})),
    };
    Server::wrapped(handler, move |stream| {
        let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
        StreamOwned::new(connection, stream)
    })
}

#[tokio::test]
async fn a_given_authority_is_trusted_and_no_other() {
    let server = server();
    let url = format!("https://localhost:{}", server.address.port());
    let with = |ca: &[u8]| {
        let mut connection = connection(&url);
        connection.ca = Some(ca.to_vec());
        client_of(connection).0
    };
    assert_eq!(with(AUTHORITY).organization().await, Ok(json!({})));
    assert_eq!(server.all().len(), 2);

    let error = with(STRANGER).organization().await.unwrap_err();
    assert!(
        matches!(error, ApiError::Unreachable { tries: 1, .. }),
        "{error}"
    );
    assert_eq!(
        error.to_string(),
        format!(
            "POST {url}/v1/auth/access_token: the server's certificate is not trusted: UnknownIssuer; `ca-file` names the authority that is"
        )
    );
    assert_eq!(server.all().len(), 2);
}

#[tokio::test]
async fn a_certificate_is_for_its_own_host() {
    let server = server();
    let mut connection = connection(&format!("https://127.0.0.1:{}", server.address.port()));
    connection.ca = Some(AUTHORITY.to_vec());
    let error = client_of(connection).0.organization().await.unwrap_err();
    assert!(error.to_string().contains("not trusted"), "{error}");
    assert_eq!(server.all(), []);
}
