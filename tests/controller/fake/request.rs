//! A request, as an API server's authorizer sees it.
//!
//! After k8s.io/apiserver `pkg/endpoints/request/requestinfo.go`.

use std::collections::BTreeMap;

use axum::extract::Query;
use axum::http::Method;
use axum::http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use axum::http::request::Parts;

use super::answer::Refusal;
use super::object::Part;
use super::selector::Selector;
use super::write::Hand;

/// A request that the fake was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    /// As RBAC calls it: `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`,
    /// `deletecollection`.
    pub(crate) verb: &'static str,
    /// Empty for the core group, and for what is about no kind (discovery).
    pub(crate) group: String,
    pub(crate) version: String,
    /// `applications`; empty for what is about no kind.
    pub(crate) resource: String,
    /// `status`, or empty.
    pub(crate) subresource: String,
    /// Empty for all namespaces, and for a kind that has none.
    pub(crate) namespace: String,
    /// Empty where it is about no single object.
    pub(crate) name: String,
    /// Without the query.
    pub(crate) path: String,
    pub(crate) user_agent: String,
    pub(crate) is_dry_run: bool,
    /// What it was answered.
    pub(crate) status: u16,
    /// Whether an apply made the object: then RBAC asks for `create`, too.
    pub(crate) has_created: bool,
}

impl Request {
    /// What RBAC must allow for it: (group, resource, verb), the resource as
    /// `kustomizations` or `kustomizations/status`. Nothing for discovery, which
    /// everybody may do.
    pub(crate) fn needs(&self) -> Vec<(String, String, &'static str)> {
        let resource = match (self.resource.as_str(), self.subresource.as_str()) {
            ("", _) => return Vec::new(),
            (resource, "") => resource.to_owned(),
            (resource, subresource) => format!("{resource}/{subresource}"),
        };
        let verbs = [Some(self.verb), self.has_created.then_some("create")];
        let rule = |verb| (self.group.clone(), resource.clone(), verb);
        verbs.into_iter().flatten().map(rule).collect()
    }
}

/// A request with all that is needed to answer it.
pub(super) struct Asked {
    pub(super) request: Request,
    pub(super) query: BTreeMap<String, String>,
    pub(super) content_type: String,
    /// Whether only the metadata is asked for.
    pub(super) is_partial: bool,
}

impl Asked {
    /// Reads method, path, query and headers.
    pub(super) fn read(parts: &Parts) -> Self {
        let query = Query::<BTreeMap<String, String>>::try_from_uri(&parts.uri);
        let query = query.map(|Query(query)| query).unwrap_or_default();
        let header = |name| {
            let value = parts.headers.get(name).and_then(|it| it.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let path = parts.uri.path();
        let mut request = Request {
            verb: "get",
            group: String::new(),
            version: String::new(),
            resource: String::new(),
            subresource: String::new(),
            namespace: String::new(),
            name: String::new(),
            path: path.to_owned(),
            user_agent: header(USER_AGENT),
            is_dry_run: query.get("dryRun").is_some_and(|it| it == "All"),
            status: 0,
            has_created: false,
        };
        let segments: Vec<&str> = path.split('/').filter(|it| !it.is_empty()).collect();
        locate(&segments, &mut request);
        let is_one = !request.name.is_empty();
        if !is_one {
            let selector = Selector::parse(None, query.get("fieldSelector").map(String::as_str));
            let name = selector.ok().and_then(|it| it.name().map(str::to_owned));
            request.name = name.unwrap_or_default();
        }
        let is_watch = query
            .get("watch")
            .is_some_and(|it| ["true", "1"].contains(&&**it));
        request.verb = match request.resource.is_empty() {
            true => "get",
            false => verb(&parts.method, is_one, is_watch),
        };
        Self {
            request,
            content_type: header(CONTENT_TYPE),
            is_partial: header(ACCEPT).contains("as=PartialObjectMetadata"),
            query,
        }
    }

    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let value = self.query.get(name).map(String::as_str);
        value.filter(|value| !value.is_empty())
    }

    pub(super) fn selector(&self) -> Result<Selector, Refusal> {
        let parameter = |name| self.parameter(name);
        Selector::parse(parameter("labelSelector"), parameter("fieldSelector"))
    }

    /// Who writes, as the request says.
    pub(super) fn hand(&self) -> Hand {
        let product = self.request.user_agent.split('/').next();
        let product = product.filter(|product| !product.is_empty());
        let manager = self.parameter("fieldManager").or(product);
        Hand {
            manager: manager.unwrap_or("unknown").to_owned(),
            part: match self.request.subresource.as_str() {
                "status" => Part::Status,
                _ => Part::Whole,
            },
            is_dry_run: self.request.is_dry_run,
        }
    }
}

/// Kind, namespace, name and subresource of what a path is about; none of it for
/// discovery.
fn locate(segments: &[&str], request: &mut Request) {
    let (group, version, rest) = match segments {
        ["api", version, rest @ ..] => ("", version, rest),
        ["apis", group, version, rest @ ..] => (*group, version, rest),
        _ => return,
    };
    if rest.is_empty() {
        return;
    }
    let (namespace, rest) = match rest {
        ["namespaces", namespace, rest @ ..] if !rest.is_empty() && rest[0] != "status" => {
            (*namespace, rest)
        }
        rest => ("", rest),
    };
    let mut rest = rest.iter().copied();
    let mut next = || rest.next().unwrap_or_default().to_owned();
    group.clone_into(&mut request.group);
    (*version).clone_into(&mut request.version);
    namespace.clone_into(&mut request.namespace);
    (request.resource, request.name) = (next(), next());
    request.subresource = rest.collect::<Vec<&str>>().join("/");
}

fn verb(method: &Method, is_one: bool, is_watch: bool) -> &'static str {
    match (method.as_str(), is_one) {
        ("GET" | "HEAD", false) if is_watch => "watch",
        ("GET" | "HEAD", false) => "list",
        ("POST", _) => "create",
        ("PUT", _) => "update",
        ("PATCH", _) => "patch",
        ("DELETE", true) => "delete",
        ("DELETE", false) => "deletecollection",
        _ => "get",
    }
}
