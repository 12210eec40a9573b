//! What is written to a cluster, and reading single objects.
//!
//! Invariants: each question has a deadline; an error names the verb, the kind and
//! the object, and holds nothing of a body; in a dry run nothing is sent that writes.

use kube::api::{Api, ApiResource, DeleteParams, DynamicObject, Patch, PatchParams, PostParams};
use kube::core::DynamicResourceScope;
use serde_json::Value;

use super::{ANSWER, Cluster, ClusterError, Resource, list, reason};

/// An object, as errors and logs name it.
#[derive(Clone, Copy, Debug)]
struct Named<'a> {
    resource: &'a Resource,
    namespace: Option<&'a str>,
    name: &'a str,
}

impl<'a> Named<'a> {
    /// What an object calls itself.
    fn of(resource: &'a Resource, object: &'a Value) -> Self {
        let metadata = &object["metadata"];
        Self {
            resource,
            namespace: metadata["namespace"].as_str(),
            name: metadata["name"].as_str().unwrap_or_default(),
        }
    }

    /// Whether there can be such an object. Names become a part of a path, and many were
    /// written by a tenant: one with a slash in it would be another object's path.
    fn can_be(&self) -> bool {
        is_name(self.name) && self.namespace.is_none_or(is_name)
    }
}

/// Whether a text is one segment of a path, as the API server wants all names to be
/// (apimachinery's `IsValidPathSegmentName`), and no end of one.
fn is_name(text: &str) -> bool {
    let ends = ['/', '%', '?', '#'];
    !matches!(text, "" | "." | "..") && !text.contains(ends)
}

impl std::fmt::Display for Named<'_> {
    /// `entities shop/pay`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            resource,
            namespace,
            name,
        } = self;
        match namespace {
            Some(namespace) => write!(f, "{} {namespace}/{name}", resource.plural),
            None => write!(f, "{} {name}", resource.plural),
        }
    }
}

impl Cluster {
    /// The same cluster, in which nothing is written from here on: what would be is
    /// logged, and answered as if it were there.
    pub(crate) fn dry_run(mut self) -> Self {
        self.is_dry_run = true;
        self
    }

    /// An object; `None` where there is none, or no such kind.
    ///
    /// # Errors
    ///
    /// [`ClusterError::Failed`]: that says nothing about whether it is there.
    pub(crate) async fn get(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Option<Value>, ClusterError> {
        let named = Named {
            resource,
            namespace,
            name,
        };
        if !named.can_be() {
            return Ok(None);
        }
        let api = self.objects(resource, namespace);
        let found = self.ask("get", named, api.get_opt(name)).await?;
        Ok(found.and_then(|object| list::value(object, resource)))
    }

    /// Applies an object (`apiVersion`, `kind`, `metadata.name`, and the fields that
    /// `manager` wants to own) on the server's side, and takes what others own; the
    /// object as it is then.
    ///
    /// # Errors
    ///
    /// [`ClusterError::Failed`].
    pub(crate) async fn apply(
        &self,
        resource: &Resource,
        object: &Value,
        manager: &str,
    ) -> Result<Value, ClusterError> {
        let named = Named::of(resource, object);
        if self.is_dry("apply", named) {
            return Ok(object.clone());
        }
        let api = self.objects(resource, named.namespace);
        let (how, patch) = (PatchParams::apply(manager).force(), Patch::Apply(object));
        let applied = self.ask("apply", named, api.patch(named.name, &how, &patch));
        Ok(list::value(applied.await?, resource).unwrap_or_default())
    }

    /// The same for the status.
    ///
    /// # Errors
    ///
    /// [`ClusterError::Failed`].
    pub(crate) async fn apply_status(
        &self,
        resource: &Resource,
        object: &Value,
        manager: &str,
    ) -> Result<Value, ClusterError> {
        let named = Named::of(resource, object);
        if self.is_dry("apply the status of", named) {
            return Ok(object.clone());
        }
        let api = self.objects(resource, named.namespace);
        let (how, patch) = (PatchParams::apply(manager).force(), Patch::Apply(object));
        let applied = api.patch_status(named.name, &how, &patch);
        let applied = self.ask("apply the status of", named, applied).await?;
        Ok(list::value(applied, resource).unwrap_or_default())
    }

    /// Changes fields by a JSON merge patch (RFC 7386); the object as it is then, and
    /// `None` where there is none.
    ///
    /// # Errors
    ///
    /// [`ClusterError::Failed`].
    pub(crate) async fn merge(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        name: &str,
        patch: &Value,
    ) -> Result<Option<Value>, ClusterError> {
        let named = Named {
            resource,
            namespace,
            name,
        };
        if self.is_dry("patch", named) {
            return Ok(Some(patch.clone()));
        }
        let api = self.objects(resource, namespace);
        let (how, patch) = (PatchParams::default(), Patch::Merge(patch));
        let merged = api.patch(name, &how, &patch);
        self.object_of("patch", named, &[404], merged).await
    }

    /// Makes an object; `None` where one of its name is there already.
    ///
    /// # Errors
    ///
    /// [`ClusterError::Failed`].
    pub(crate) async fn create(
        &self,
        resource: &Resource,
        object: &Value,
    ) -> Result<Option<Value>, ClusterError> {
        let named = Named::of(resource, object);
        if self.is_dry("create", named) {
            return Ok(Some(object.clone()));
        }
        let api = self.objects(resource, named.namespace);
        let (how, object) = (PostParams::default(), dynamic(object, named, self)?);
        let created = api.create(&how, &object);
        self.object_of("create", named, &[409], created).await
    }

    /// Puts an object in the place of the one whose `metadata.resourceVersion` it has;
    /// `None` where that is there no more.
    ///
    /// # Errors
    ///
    /// [`ClusterError::Failed`].
    pub(crate) async fn replace(
        &self,
        resource: &Resource,
        object: &Value,
    ) -> Result<Option<Value>, ClusterError> {
        let named = Named::of(resource, object);
        if self.is_dry("update", named) {
            return Ok(Some(object.clone()));
        }
        let api = self.objects(resource, named.namespace);
        let (how, object) = (PostParams::default(), dynamic(object, named, self)?);
        let replaced = api.replace(named.name, &how, &object);
        self.object_of("update", named, &[404, 409], replaced).await
    }

    /// Deletes an object; whether there was one.
    ///
    /// # Errors
    ///
    /// [`ClusterError::Failed`].
    pub(crate) async fn delete(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<bool, ClusterError> {
        let named = Named {
            resource,
            namespace,
            name,
        };
        if self.is_dry("delete", named) {
            return Ok(true);
        }
        let api = self.objects(resource, namespace);
        let how = DeleteParams::default();
        let deleted = self.ask_for_one("delete", named, &[404], api.delete(name, &how));
        Ok(deleted.await?.is_some())
    }

    /// The objects of a kind in a namespace, or those that have none.
    pub(super) fn api_in<K>(&self, resource: &Resource, namespace: Option<&str>) -> Api<K>
    where
        K: kube::Resource<DynamicType = ApiResource, Scope = DynamicResourceScope>,
    {
        let (client, kind) = (self.client.clone(), resource.to_api_resource());
        match namespace {
            Some(namespace) => Api::namespaced_with(client, namespace, &kind),
            None => Api::all_with(client, &kind),
        }
    }

    fn objects(&self, resource: &Resource, namespace: Option<&str>) -> Api<DynamicObject> {
        self.api_in(resource, namespace)
    }

    fn is_dry(&self, verb: &'static str, named: Named<'_>) -> bool {
        if self.is_dry_run {
            tracing::info!("dry run: would {verb} {named}");
        }
        self.is_dry_run
    }

    /// What the API server answers in time.
    async fn ask<T>(
        &self,
        verb: &'static str,
        named: Named<'_>,
        question: impl Future<Output = kube::Result<T>>,
    ) -> Result<T, ClusterError> {
        let failed = |status, reason| ClusterError::Failed {
            cluster: self.name.clone(),
            verb,
            object: named.to_string(),
            status,
            reason,
        };
        if !named.can_be() {
            return Err(failed(None, "no object has such a name".to_owned()));
        }
        match tokio::time::timeout(ANSWER, question).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => {
                let status = match &error {
                    kube::Error::Api(status) => Some(status.code),
                    _ => None,
                };
                Err(failed(status, reason(&error)))
            }
            Err(_) => Err(failed(
                None,
                format!("no answer within {} s", ANSWER.as_secs()),
            )),
        }
    }

    /// The object that is there then; `None` for some statuses.
    async fn object_of(
        &self,
        verb: &'static str,
        named: Named<'_>,
        none: &[u16],
        question: impl Future<Output = kube::Result<DynamicObject>>,
    ) -> Result<Option<Value>, ClusterError> {
        let object = self.ask_for_one(verb, named, none, question).await?;
        Ok(object.and_then(|object| list::value(object, named.resource)))
    }

    /// What the API server answers in time, where some statuses are an answer too.
    async fn ask_for_one<T>(
        &self,
        verb: &'static str,
        named: Named<'_>,
        none: &[u16],
        question: impl Future<Output = kube::Result<T>>,
    ) -> Result<Option<T>, ClusterError> {
        match self.ask(verb, named, question).await {
            Ok(answer) => Ok(Some(answer)),
            Err(ClusterError::Failed {
                status: Some(status),
                ..
            }) if none.contains(&status) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn dynamic(
    object: &Value,
    named: Named<'_>,
    cluster: &Cluster,
) -> Result<DynamicObject, ClusterError> {
    serde_json::from_value(object.clone()).map_err(|error| ClusterError::Failed {
        cluster: cluster.name.clone(),
        verb: "write",
        object: named.to_string(),
        status: None,
        reason: format!("it is no object: {error}"),
    })
}

#[cfg(test)]
mod tests {
    use super::is_name;

    #[test]
    fn a_name_is_no_path() {
        for name in ["shop", "pay.v2", "system:node", "a..b"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", ".", "..", "a/b", "../b", "a%2fb", "a?b=c", "a#b"] {
            assert!(!is_name(name), "{name}");
        }
    }
}
