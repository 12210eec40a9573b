//! Searches: what each rule finds, pages, and who owns what.

use serde_json::{Value, json};

use super::{EXPORTER, Fixture};

/// Three services of the exporter's, one of ours, and the system `shop`.
fn filled() -> Fixture {
    let fixture = Fixture::new();
    let ours = fixture.by("glint-gitops/0.1.0");
    let create = |fixture: &Fixture, entity: Value| {
        fixture.expect("POST /v1/blueprints/service/entities", entity, 201);
    };
    create(
        &fixture,
        json!({
            "identifier": "api", "title": "The API", "team": ["shop", "core"],
            "properties": {"tier": "gold", "replicas": 3, "tags": ["go", "http"]},
            "relations": {"system": "shop"},
        }),
    );
    create(
        &fixture,
        json!({
            "identifier": "pay", "properties": {"tier": "silver", "replicas": 1},
            "relations": {"uses": ["api"]},
        }),
    );
    create(
        &fixture,
        json!({"identifier": "web", "relations": {"uses": ["pay"]}}),
    );
    create(
        &ours,
        json!({"identifier": "zoo", "properties": {"tier": null}}),
    );
    fixture
}

/// The entities that one rule finds, wherever they are.
#[track_caller]
fn check(rule: Value, expected: &[&str]) {
    let fixture = filled();
    let line = "POST /v1/entities/search?include=identifier";
    let body = json!({"combinator": "and", "rules": [rule.clone()]});
    let answer = fixture.expect(line, body, 200);
    let found = answer["entities"].as_array().unwrap().iter();
    let found: Vec<&str> = found.map(|it| it["identifier"].as_str().unwrap()).collect();
    assert_eq!(found, expected, "{rule}");
}

#[track_caller]
fn rule(property: &str, operator: &str, value: Value, expected: &[&str]) {
    check(
        json!({"property": property, "operator": operator, "value": value}),
        expected,
    );
}

#[test]
fn what_is_sought_by_name_is_found_once_and_in_its_order() {
    let compare = |property: &str, operator: &str, value: Value| json!({"property": property, "operator": operator, "value": value});
    let of = |blueprint: &str, rule: Value| {
        let blueprint = compare("$blueprint", "=", json!(blueprint));
        json!({"combinator": "and", "rules": [rule, blueprint]})
    };
    let any = |rules: &[Value]| json!({"combinator": "or", "rules": rules});
    let named = |names: &[&str]| compare("$identifier", "in", json!(names));
    let (zoo, shop) = (named(&["zoo", "api", "api", "no"]), named(&["shop", "api"]));
    check(of("service", zoo.clone()), &["api", "zoo"]);
    check(
        any(&[of("system", shop), of("service", zoo)]),
        &["api", "zoo", "shop"],
    );
    let beginning = |text: &str| compare("$identifier", "beginsWith", json!(text));
    let either = any(&[beginning("a"), beginning("ap"), beginning("w")]);
    check(of("service", either), &["api", "web"]);
    let gold = compare("tier", "=", json!("gold"));
    check(
        any(&[of("service", named(&["pay"])), of("service", gold)]),
        &["api", "pay"],
    );
    let fixture = filled();
    let line = "POST /v1/blueprints/service/entities/search";
    let found = |query: &Value| {
        let body = json!({"query": query, "include": ["identifier"], "limit": 1});
        let page = fixture.expect(line, body, 200);
        let first = page["entities"][0]["identifier"].clone();
        (first, page["next"].is_string())
    };
    let sought = |rule: Value| json!({"combinator": "and", "rules": [rule]});
    assert_eq!(found(&sought(named(&["web", "pay"]))), (json!("pay"), true));
    assert_eq!(
        found(&sought(named(&["shop", "web"]))),
        (json!("web"), false)
    );
}

#[test]
fn values_are_compared() {
    rule("tier", "=", json!("gold"), &["api"]);
    rule("tier", "!=", json!("gold"), &["pay", "web", "zoo", "shop"]);
    rule("tier", "=", Value::Null, &["web", "zoo", "shop"]);
    rule("tier", "in", json!(["gold", "silver"]), &["api", "pay"]);
    rule(
        "tier",
        "notIn",
        json!(["gold"]),
        &["pay", "web", "zoo", "shop"],
    );
    rule("replicas", "=", json!(3.0), &["api"]);
    rule("replicas", ">", json!(1), &["api"]);
    rule("replicas", ">=", json!(1), &["api", "pay"]);
    rule("replicas", "<", json!(3), &["pay"]);
    rule("replicas", "<=", json!(3), &["api", "pay"]);
    rule("tags", "contains", json!("go"), &["api"]);
    rule("tags", "containsAny", json!(["rust", "http"]), &["api"]);
    check(
        json!({"property": "tier", "operator": "isEmpty"}),
        &["web", "zoo", "shop"],
    );
    check(
        json!({"property": "tier", "operator": "isNotEmpty"}),
        &["api", "pay"],
    );
}

#[test]
fn texts_are_compared() {
    rule("$identifier", "beginsWith", json!("p"), &["pay"]);
    rule(
        "$identifier",
        "doesNotBeginsWith",
        json!("p"),
        &["api", "web", "zoo", "shop"],
    );
    rule("$identifier", "endsWith", json!("o"), &["zoo"]);
    rule(
        "$identifier",
        "doesNotEndsWith",
        json!("o"),
        &["api", "pay", "web", "shop"],
    );
    rule("$title", "contains", json!("API"), &["api"]);
    rule(
        "$title",
        "doesNotContains",
        json!("API"),
        &["pay", "web", "zoo", "shop"],
    );
}

#[test]
fn what_every_entity_has_is_asked_with_a_dollar() {
    rule("$blueprint", "=", json!("system"), &["shop"]);
    rule("$team", "=", json!("core"), &["api"]);
    rule("$team", "in", json!(["core", "other"]), &["api"]);
    rule(
        "$createdBy",
        "=",
        json!("sandbox"),
        &["api", "pay", "web", "zoo", "shop"],
    );
    rule("$datasource", "contains", json!("glint-gitops"), &["zoo"]);
    rule(
        "$createdAt",
        ">",
        json!("2026-11-23T03:14:29.790Z"),
        &["zoo"],
    );
    let day = json!({"from": "2026-11-23", "to": "2026-11-24"});
    rule(
        "$createdAt",
        "between",
        day.clone(),
        &["api", "pay", "web", "zoo", "shop"],
    );
    rule("$createdAt", "notBetween", day, &[]);
    rule("$createdAt", "between", json!({"preset": "yesterday"}), &[]);
    let all = ["api", "pay", "web", "zoo", "shop"];
    rule("$updatedAt", "between", json!({"preset": "today"}), &all);
}

#[test]
fn relations_are_followed() {
    rule("uses", "contains", json!("api"), &["pay"]);
    rule("system.$title", "=", json!("Shop"), &["api"]);
    rule("uses.tier", "contains", json!("silver"), &["web"]);
    let related = |more: Value, expected: &[&str]| {
        let mut rule = json!({"operator": "relatedTo", "blueprint": "service", "value": "pay"});
        rule.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        check(rule, expected);
    };
    related(json!({}), &["api", "web", "shop"]);
    related(json!({"direction": "upstream"}), &["api", "shop"]);
    related(json!({"direction": "downstream"}), &["web"]);
    related(json!({"required": true}), &[]);
    related(
        json!({"value": ["pay", "web"], "direction": "downstream"}),
        &[],
    );
}

#[test]
fn properties_of_a_type_are_compared() {
    let typed = |schema: Value, value: Value, expected: &[&str]| {
        let rule = json!({"propertySchema": schema, "operator": "=", "value": value});
        check(rule, expected);
    };
    typed(json!({"type": "string"}), json!("gold"), &["api"]);
    typed(
        json!({"type": "string", "format": "url"}),
        json!("gold"),
        &[],
    );
    typed(json!({"type": "number"}), json!(1), &["pay"]);
}

#[test]
fn groups_stand_in_groups() {
    let rule = |property: &str, value: &str| json!({"property": property, "operator": "=", "value": value});
    let either = json!({
        "combinator": "or", "rules": [rule("tier", "gold"), rule("$identifier", "web")],
    });
    check(either, &["api", "web"]);
    check(json!({"combinator": "or", "rules": []}), &[]);
}

#[test]
fn what_is_no_query_is_invalid() {
    let fixture = Fixture::new();
    let line = "POST /v1/entities/search";
    let check = |body: Value, message: &str| {
        fixture.fails(line, body, 422, "invalid_request", message);
    };
    check(json!({}), "body must have an array 'rules'");
    check(
        json!({"rules": []}),
        "body must have a 'combinator': and, or",
    );
    let one = |rule: Value| json!({"combinator": "and", "rules": [rule]});
    check(one(json!({})), "body/rules/0 must have an 'operator'");
    check(
        one(json!({"property": "a", "operator": "like", "value": 1})),
        "body/rules/0 has an unknown operator",
    );
    check(
        one(json!({"operator": "=", "value": 1})),
        "body/rules/0 must have a string 'property'",
    );
    check(
        one(json!({"property": "a", "operator": "="})),
        "body/rules/0 must have a 'value'",
    );
    let mut deep = one(json!({"property": "a", "operator": "isEmpty"}));
    for _ in 0..30 {
        deep = one(deep);
    }
    let answer = fixture.expect(line, deep, 422);
    assert!(
        answer["message"]
            .as_str()
            .unwrap()
            .ends_with(" is too deep"),
        "{answer}"
    );
}

#[test]
fn the_exporters_question_before_a_deletion_is_answered() {
    let fixture = filled();
    let search = |name: &str, expected: &[&str]| {
        let rule = |property: &str, operator: &str, value: &str| json!({"property": property, "operator": operator, "value": value});
        let body = json!({"combinator": "and", "rules": [
            rule("$datasource", "contains", name),
            rule("$identifier", "=", "pay"),
            rule("$datasource", "contains", "(statekey/glint)"),
            rule("$blueprint", "=", "service"),
        ]});
        let line = "POST /v1/entities/search?exclude_calculated_properties=true\
                    &include=blueprint&include=identifier";
        let entities: Vec<Value> = expected
            .iter()
            .map(|identifier| json!({"identifier": identifier, "blueprint": "service"}))
            .collect();
        let blueprints: Vec<&str> = expected.iter().map(|_| "service").collect();
        let expected = json!({
            "ok": true, "matchingBlueprints": blueprints, "entities": entities,
        });
        fixture.check(line, body, 200, expected);
    };
    search("port-k8s-exporter", &["pay"]);
    search("port-auto-k8s-exporter", &[]);
}

#[test]
fn a_data_source_owns_what_it_created() {
    let fixture = filled();
    let line = "POST /v1/blueprints/entities/datasource-entities?include=identifier";
    let owned = |prefix: &str, suffix: &str, expected: &[(&str, &str)]| {
        let body = json!({"datasource_prefix": prefix, "datasource_suffix": suffix});
        let entities = expected.iter();
        let entities = entities.map(
            |(blueprint, identifier)| json!({"identifier": identifier, "blueprint": blueprint}),
        );
        let expected = json!({"ok": true, "entities": entities.collect::<Vec<Value>>()});
        fixture.check(line, body, 200, expected);
    };
    let exporters = [
        ("service", "api"),
        ("service", "pay"),
        ("service", "web"),
        ("system", "shop"),
    ];
    owned("port-k8s-exporter", "(statekey/glint)", &exporters);
    owned("port-k8s-exporter", "(statekey/other)", &[]);
    owned("glint-gitops", "", &[("service", "zoo")]);
    let message = "body/datasource_suffix must be string";
    let half = json!({"datasource_prefix": "a"});
    fixture.fails(line, half, 422, "invalid_request", message);
}

#[test]
fn pages_follow_each_other() {
    let fixture = filled();
    let owned = "POST /v1/blueprints/entities/datasource-entities";
    let owner = json!({"datasource_prefix": "port-k8s-exporter", "datasource_suffix": ""});
    let all = ["api", "pay", "web", "shop"];
    assert_eq!(pages(&fixture, owned, &owner, 3), [&all[..3], &all[3..]]);
    assert_eq!(pages(&fixture, owned, &owner, 4), [&all[..]]);

    let line = "POST /v1/blueprints/service/entities/search";
    let body = json!({"include": ["$identifier"]});
    let all = ["api", "pay", "web", "zoo"];
    assert_eq!(pages(&fixture, line, &body, 2), [&all[..2], &all[2..]]);
    let query = json!({"combinator": "and", "rules": [
        {"property": "tier", "operator": "isEmpty"},
    ]});
    let body = json!({"include": ["$identifier"], "query": query});
    assert_eq!(pages(&fixture, line, &body, 1), [["web"], ["zoo"]]);

    let invalid = |body, message| fixture.fails(line, body, 422, "invalid_request", message);
    invalid(
        json!({"limit": 1001}),
        "body/limit must be >= 1 and <= 1000",
    );
    invalid(json!({"limit": 0}), "body/limit must be >= 1 and <= 1000");
    invalid(json!({"from": "x"}), "body/from is none");
    let line = "POST /v1/blueprints/nothing/entities/search";
    let message = "Blueprint with identifier \"nothing\" was not found";
    fixture.fails(line, json!({}), 404, "not_found", message);
}

/// The identifiers of each page.
fn pages(fixture: &Fixture, line: &str, body: &Value, limit: usize) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut body = body.clone();
    body["limit"] = json!(limit);
    loop {
        let answer = fixture.expect(line, body.clone(), 200);
        let entities = answer["entities"].as_array().unwrap().iter();
        let page = entities.map(|it| it["identifier"].as_str().unwrap().to_owned());
        pages.push(page.collect());
        match answer.get("next") {
            Some(next) => body["from"] = next.clone(),
            None => return pages,
        }
    }
}

#[test]
fn an_entity_a_relation_and_teams_are_named_by_what_they_are_like() {
    let fixture = filled();
    let line = "POST /v1/blueprints/service/entities?upsert=true&merge=true";
    let like = |property: &str, value: &str| {
        json!({"combinator": "and", "rules": [
            {"property": property, "operator": "=", "value": value},
        ]})
    };
    let body = json!({
        "identifier": like("tier", "gold"),
        "relations": {"system": like("$title", "Shop"), "uses": like("tier", "silver")},
    });
    let answer = fixture.expect(line, body, 201);
    assert_eq!(answer["entity"]["identifier"], "api");
    assert_eq!(
        answer["entity"]["relations"],
        json!({"system": "shop", "uses": ["pay"]})
    );
    assert_eq!(answer["entity"]["$datasource"], EXPORTER);

    let none = json!({"identifier": like("tier", "tin")});
    let message = "Entity with identifier \"unknown\" was not found";
    fixture.fails(line, none, 404, "not_found", message);
    let two = json!({"identifier": {"combinator": "or", "rules": [
        {"property": "$identifier", "operator": "in", "value": ["pay", "web"]},
    ]}});
    let message = "body/identifier matches more than one entity";
    fixture.fails(line, two, 422, "invalid_request", message);
    let wide = json!({"identifier": {"combinator": "and", "rules": [
        {"property": "$identifier", "operator": "!=", "value": "pay"},
    ]}});
    let message = "body/identifier/rules/0 has an unknown operator";
    fixture.fails(line, wide, 422, "invalid_request", message);
    let nowhere = json!({"identifier": "pay", "relations": {"system": like("$title", "x")}});
    let answer = fixture.expect(line, nowhere, 201);
    assert_eq!(answer["entity"]["relations"]["system"], Value::Null);
}
