//! Thousands of entities through a sandbox that fails a third of the time.

#[cfg(test)] // of the sandbox, which this module does not name otherwise
mod of_the_sandbox {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use serde_json::{Value, json};

    use crate::catalog_api::tests::{client_of, connection};
    use crate::catalog_api::{Connection, Retry, Upsert};
    use crate::{LocalOptions, LocalSandbox};

    /// How many entities there are of each blueprint.
    const COUNTS: [(&str, usize); 3] = [("team", 100), ("system", 400), ("service", 4_500)];
    /// The services from this one on depend on those before it.
    const FREE: usize = 2_250;
    /// In batches of 20 of one blueprint, what is related to first, and one token.
    const LEAST: u64 = (100 + 400 + 2_250) / 20 + 2_250_u64.div_ceil(20) + 2;

    fn blueprints() -> Vec<Value> {
        let relation = |target: &str, many: bool| json!({"title": target, "target": target, "required": !many, "many": many});
        vec![
            json!({"identifier": "team", "title": "Team", "schema": {"properties": {}}, "relations": {}}),
            json!({"identifier": "system", "title": "System", "schema": {"properties": {}},
                "relations": {"owner": relation("team", false)}}),
            json!({"identifier": "service", "title": "Service", "schema": {"properties": {"tier": {"type": "number"}}},
                "relations": {"system": relation("system", false), "uses": relation("service", true)}}),
        ]
    }

    fn entity(blueprint: &str, number: usize) -> Value {
        let identifier = format!("{blueprint}-{number}");
        match blueprint {
            "team" => json!({"identifier": identifier}),
            "system" => {
                let owner = format!("team-{}", number % 100);
                json!({"identifier": identifier, "relations": {"owner": owner}})
            }
            _ => {
                let system = format!("system-{}", number % 400);
                let uses = number
                    .checked_sub(FREE)
                    .map(|used| format!("service-{used}"));
                json!({"identifier": identifier, "properties": {"tier": number % 4},
                    "relations": {"system": system, "uses": Vec::from_iter(uses)}})
            }
        }
    }

    /// All of them, those first that depend on others.
    fn requests() -> Vec<(String, Value)> {
        let counts = COUNTS.iter().rev();
        let requests = counts.flat_map(|(blueprint, count)| {
            let entities = (0..*count).rev();
            entities.map(|number| ((*blueprint).to_owned(), entity(blueprint, number)))
        });
        requests.collect()
    }

    /// What the catalog holds: the bodies by identifier.
    fn held(sandbox: &LocalSandbox, blueprint: &str) -> BTreeMap<String, Value> {
        let line = format!("POST /v1/blueprints/{blueprint}/entities/search");
        let mut held = BTreeMap::new();
        let mut from = Value::Null;
        loop {
            let mut body = json!({"limit": 1_000});
            if !from.is_null() {
                body["from"] = from;
            }
            let (status, mut answer) = sandbox.call_as("test", &line, Some(body));
            assert_eq!(status, 200, "{answer}");
            for entity in answer["entities"].as_array().unwrap() {
                let identifier = entity["identifier"].as_str().unwrap().to_owned();
                let earlier = held.insert(identifier, entity.clone());
                assert_eq!(earlier, None, "an entity is there once");
            }
            from = answer["next"].take();
            if from.is_null() {
                return held;
            }
        }
    }

    #[test]
    fn thousands_of_entities_arrive_through_a_storm_with_few_requests_more_than_without() {
        let sandbox = LocalSandbox::start_with(LocalOptions {
            faults: "429=0.12,500=0.08,cut=0.1,slow=20ms,expire=100".to_owned(),
            seed: 4_711,
            ..LocalOptions::default()
        });
        sandbox.seed_as("test", &blueprints(), &[]);
        let retry = Retry {
            attempts: 10,
            // The clock of all calls is one, and each wait moves it.
            budget: Duration::from_secs(100_000),
            ..Retry::default()
        };
        let (client, _clock) = client_of(Connection {
            retry,
            ..connection(sandbox.url())
        });
        let how = Upsert {
            merge: true,
            ..Upsert::default()
        };
        // The sandbox has a runtime of its own.
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let results = runtime
            .block_on(client.upsert_all(requests(), how))
            .unwrap();

        let refused: Vec<_> = results.iter().filter_map(|it| it.as_ref().err()).collect();
        assert!(
            refused.is_empty(),
            "each came after what it relates to: {refused:?}"
        );
        for (blueprint, count) in COUNTS {
            let held = held(&sandbox, blueprint);
            assert_eq!(held.len(), count, "{blueprint}");
            for number in 0..count {
                let sent = entity(blueprint, number);
                let held = &held[sent["identifier"].as_str().unwrap()];
                for part in ["properties", "relations"] {
                    for (name, value) in sent[part].as_object().into_iter().flatten() {
                        assert_eq!(&held[part][name], value, "{sent}");
                    }
                }
            }
        }
        let statistics = client.statistics();
        assert!(
            statistics.sent <= LEAST * 2,
            "of at least {LEAST}: {statistics:?}"
        );
        assert!(
            statistics.retried * 5 > statistics.sent,
            "no storm: {statistics:?}"
        );
        assert!(
            statistics.broken > 0 && statistics.statuses.contains_key(&401),
            "{statistics:?}"
        );
    }
}
