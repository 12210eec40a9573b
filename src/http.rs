//! The clients of HTTP that this program makes, in what all of them have in common.
//!
//! Not for what is asked, nor for how long: that is its caller's. Invariant: no client
//! takes a proxy of the environment by itself, and a machine without authorities can
//! still speak plain HTTP.

use reqwest::{Client, ClientBuilder};

/// Who asks. It must never begin with the exporter's name: the catalog takes it for the
/// owner of what is created.
const USER_AGENT: &str = concat!("glint-gitops/", env!("CARGO_PKG_VERSION"));

/// How `User-Agent` begins, in every version.
#[cfg(feature = "controller")]
pub(crate) const PRODUCT: &str = "glint-gitops/";

/// A client's beginning.
pub(crate) fn builder() -> ClientBuilder {
    // A provider that is installed already is as good.
    drop(rustls::crypto::ring::default_provider().install_default());
    Client::builder().user_agent(USER_AGENT).no_proxy()
}

/// A client for servers of the cluster, which speak plain HTTP. That needs no
/// authorities, and a container may have none.
///
/// # Errors
///
/// The machine can't speak HTTP.
#[cfg(any(feature = "controller", feature = "fuzzing"))]
pub(crate) fn in_cluster(
    settings: impl Fn(ClientBuilder) -> ClientBuilder,
) -> Result<Client, reqwest::Error> {
    let begun = || settings(builder());
    let built = begun().build();
    built.or_else(|_| begun().tls_certs_only([]).build())
}
