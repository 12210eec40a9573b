//! What the program relies on of the API and no document of it says.
//!
//! Read in the sources of its clients, or concluded from them. `publish
//! --conformance` asks a live organisation about each; until then they are
//! beliefs, and this is all of them. Invariant: an identifier, once given, keeps
//! its meaning.

/// Something that is believed of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Belief {
    /// Its name in reports.
    pub id: &'static str,
    /// What is believed, as a sentence that is true or false.
    pub sentence: &'static str,
}

const fn belief(id: &'static str, sentence: &'static str) -> Belief {
    Belief { id, sentence }
}

/// All of them, by what they are about.
#[rustfmt::skip] // one belief is read as one paragraph
pub(crate) const BELIEFS: &[Belief] = &[
    belief("token-shared", "a second request for a token, before the first one ends, gives the same token"),
    belief("token-401", "a token that is no longer valid is answered with 401, and nothing is done"),
    belief("ids-encoded", "an identifier with `/` or `:` is found where it is percent-encoded as one segment of the path"),
    belief("reset-forms", "`x-ratelimit-reset` up to 10000 is seconds from now, and above it a moment in seconds since 1970"),

    belief("integration-by-installation-id", "`GET /v1/integration/{id}` looks for the installation id where no `byField` is given"),
    belief("integration-shape", "an integration is answered as `{ok, integration: {installationId, config, updatedAt, …}}`"),
    belief("integration-updated-at", "any change of an integration changes its `updatedAt`"),
    belief("integration-plain-create", "an integration that is created without `integration_modes` brings no blueprints and no mapping of its own"),
    belief("config-replaced", "`PATCH /v1/integration/{id}/config` replaces the config: nothing of the one before is left"),
    belief("config-kept", "keys of a config that the API does not know come back as they were sent"),
    belief("resync-request-shape", "`GET /v1/integration/{id}/resync-request` answers `{ok, request: {updatedAt} | null}`"),
    belief("logs-shape", "`GET /v1/integration/{id}/logs` answers its lines as a list under `data`, `logs` or `auditLogs`"),
    belief("kinds-shape", "`GET /v1/integration/{id}/kinds` answers `{ok, data: {kind: {examples: [{_id, data}]}}}`"),

    belief("datasource-user-agent", "the `User-Agent` of the request that creates an entity becomes its `$datasource`"),
    belief("datasource-sticky", "a later write by another client does not change an entity's `$datasource`"),
    belief("datasource-pages", "`POST …/datasource-entities` takes `limit` and `from`, and names the next page as `next`"),
    belief("datasource-search", "`$datasource` can be searched for with `contains`"),

    belief("upsert-repeatable", "the same upsert, sent twice, leaves what it leaves when sent once"),
    belief("merge-keeps", "under `merge=true`, a property or relation that is not sent stays as it was"),
    belief("merge-null-clears", "under `merge=true`, a property or relation that is sent as null is cleared"),
    belief("unknown-property", "a property that the blueprint has not is refused with 422"),
    belief("missing-related", "without `create_missing_related_entities`, an entity that relates to an unknown one is refused with 404, alone of its request"),
    belief("related-in-one-request", "an entity that relates to one of the same bulk request may be refused for it"),
    belief("validation-only", "`validation_only=true` writes nothing, and answers what a write would be answered"),
    belief("bulk-index", "in a bulk request's answer, `index` counts from 0 in the order of what was sent"),

    belief("delete-missing", "deleting an entity that does not exist is answered with 404"),
    belief("delete-bulk-whole", "a bulk deletion deletes all that it names or, where others require one of them, nothing"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::BELIEFS;

    #[test]
    fn each_has_a_name_of_its_own() {
        let ids: BTreeSet<_> = BELIEFS.iter().map(|belief| belief.id).collect();
        assert_eq!(ids.len(), BELIEFS.len());
    }
}
