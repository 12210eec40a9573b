//! `--rollback`: the way back, and what does not come along.

use serde_json::{Value, json};

use crate::program::run;
use crate::proxy::{Act, Proxy};
use crate::stage::{EXPORTER, PERSON, Stage, blueprint_of, config, pods, services};

/// A push that cost `svc/a` and `svc/b`, with what others had set on them, and the
/// exporter having deleted both.
fn pushed() -> Stage {
    let stage = Stage::new(&config(&[pods(), services()])).with_entities("svc", &["a", "b"]);
    let mut web = blueprint_of("web");
    web["relations"] = json!({
        "uses": {"title": "Uses", "target": "svc", "required": false, "many": true},
        "main": {"title": "Main", "target": "svc", "required": false, "many": false},
    });
    let shop = json!({"identifier": "shop", "relations": {"uses": ["a", "b"], "main": "a"}});
    let blog = json!({"identifier": "blog", "relations": {"main": "b"}});
    stage
        .sandbox
        .seed_as(PERSON, &[web], &[("web", shop), ("web", blog)]);
    let owner = json!({"properties": {"owner": "ann"}});
    let line = "PATCH /v1/blueprints/svc/entities/a";
    stage.sandbox.call_as(PERSON, line, Some(owner));
    stage.file("new.json", &config(&[pods()]).to_string());
    let push = ["--mapping", "new.json", "--replace", "--yes", "--no-wait"];
    let ran = stage.publish(&push);
    assert_eq!(ran.status, Some(0), "{}{}", ran.stdout, ran.stderr);
    for name in ["a", "b"] {
        stage.exporter(&format!("DELETE /v1/blueprints/svc/entities/{name}"), None);
    }
    assert_eq!(stage.entity("web", "shop")["relations"]["uses"], json!([]));
    stage
}

/// The exporter does its part once the config is back.
fn remade(stage: &Stage, names: &[&str]) {
    while stage.config() != config(&[pods(), services()]) {
        std::thread::yield_now();
    }
    for name in names {
        let entity = json!({"identifier": name, "title": name, "properties": {"p": "x"}});
        stage.exporter("POST /v1/blueprints/svc/entities", Some(entity));
    }
}

fn rolled_back(stage: &Stage, names: &[&str], arguments: &[&str]) -> crate::stage::Ran {
    let backup = stage.backup().display().to_string();
    let all = [&["--rollback", &backup, "--yes"], arguments].concat();
    std::thread::scope(|scope| {
        scope.spawn(|| remade(stage, names));
        stage.publish(&all)
    })
}

#[test]
fn what_others_set_and_what_pointed_there_comes_back() {
    let stage = pushed();
    let ran = rolled_back(&stage, &["a", "b"], &[]);
    assert_eq!(ran.status, Some(0), "{}{}", ran.stdout, ran.stderr);
    assert!(
        ran.stdout.ends_with(
            "2 of 2 entities are back; put back from the backup: 1 property, 3 relations\n\
             lost:\n  date of creation, history and scorecards' results: svc/a, svc/b\n"
        ),
        "{}",
        ran.stdout
    );
    let a = stage.entity("svc", "a");
    assert_eq!(a["properties"]["owner"], "ann");
    assert_eq!(a["properties"]["p"], "x");
    let uses = &stage.entity("web", "shop")["relations"];
    assert_eq!(uses, &json!({"uses": ["a", "b"], "main": "a"}));
    assert_eq!(stage.entity("web", "blog")["relations"]["main"], "b");
    assert_eq!(owned(&stage), ["a", "b"]);
    let phases = stage.backups();
    let phases: Vec<String> = phases.iter().map(|it| stage.phase(it)).collect();
    assert_eq!(phases, ["patched", "confirmed"]);
}

/// What the exporter still owns of `svc`.
fn owned(stage: &Stage) -> Vec<String> {
    let body = json!({
        "datasource_prefix": "port-k8s-exporter", "datasource_suffix": "(statekey/k8s-prod)",
    });
    let line = "POST /v1/blueprints/entities/datasource-entities";
    let (_, answer) = stage.sandbox.call_as(EXPORTER, line, Some(body));
    let all = answer["entities"].as_array().expect("a list");
    let mut names: Vec<String> = all
        .iter()
        .filter_map(|it| it["identifier"].as_str().map(str::to_owned))
        .collect();
    names.sort();
    names
}

#[test]
fn doing_it_twice_is_doing_it_once() {
    let stage = pushed();
    let backup = stage.backup().display().to_string();
    rolled_back(&stage, &["a", "b"], &[]);
    let before = (stage.entity("svc", "a"), stage.entity("web", "shop"));
    let again = stage.publish(&["--rollback", &backup, "--yes"]);
    assert_eq!(again.status, Some(0), "{}{}", again.stdout, again.stderr);
    assert!(
        again
            .stdout
            .contains("put back from the backup: 0 properties, 0 relations\n"),
        "{}",
        again.stdout
    );
    let after = (stage.entity("svc", "a"), stage.entity("web", "shop"));
    assert_eq!(before, after);
}

#[test]
fn what_the_catalog_makes_first_is_back_and_never_deleted_again() {
    let stage = pushed();
    let backup = stage.backup().display().to_string();
    let ran = std::thread::scope(|scope| {
        scope.spawn(|| {
            let line = "POST /v1/blueprints/web/entities?upsert=true&merge=true&create_missing_related_entities=true";
            remade(&stage, &["a"]);
            let blog = json!({"identifier": "blog", "relations": {"main": "b"}});
            stage.exporter(line, Some(blog));
        });
        stage.publish(&["--rollback", &backup, "--yes"])
    });
    assert_eq!(ran.status, Some(0), "{}{}", ran.stdout, ran.stderr);
    assert!(
        ran.stdout.ends_with(
            "lost:\n  date of creation, history and scorecards' results: svc/a, svc/b\n  \
             the exporter's ownership, so that no resync will delete it: the catalog made it \
             first, for a relation: svc/b\n"
        ),
        "{}",
        ran.stdout
    );
}

#[test]
fn what_does_not_come_back_is_named() {
    let stage = pushed();
    let ran = rolled_back(&stage, &["a"], &["--timeout", "2s"]);
    assert_eq!(ran.status, Some(1), "{}{}", ran.stdout, ran.stderr);
    assert!(
        ran.stdout.contains(
            "1 of 2 entities are back; put back from the backup: 1 property, 2 relations\n"
        ),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout
            .contains("  entities that the exporter has not made again: svc/b\n"),
        "{}",
        ran.stdout
    );
}

#[test]
fn what_is_not_deleted_yet_is_not_back() {
    let stage = Stage::new(&config(&[pods(), services()])).with_entities("svc", &["a", "b"]);
    stage.file("new.json", &config(&[pods()]).to_string());
    let push = ["--mapping", "new.json", "--replace", "--yes", "--no-wait"];
    let ran = stage.publish(&push);
    assert_eq!(ran.status, Some(0), "{}{}", ran.stdout, ran.stderr);
    let backup = stage.backup().display().to_string();
    let back = stage.publish(&["--rollback", &backup, "--yes"]);
    assert_eq!(back.status, Some(1), "{}{}", back.stdout, back.stderr);
    assert!(
        back.stdout.ends_with(
            "0 of 2 entities are back; put back from the backup: 0 properties, 0 relations\n\
             2 entities were not deleted (so far): if the exporter's resync of that push still \
             runs, they go; run the same command again when it is over\n  svc/a, svc/b\n"
        ),
        "{}",
        back.stdout
    );
    let phases = stage.backups();
    let phases: Vec<String> = phases.iter().map(|it| stage.phase(it)).collect();
    assert_eq!(phases, ["patched", "patched"]);

    // The resync of the push was late.
    for name in ["a", "b"] {
        stage.exporter(&format!("DELETE /v1/blueprints/svc/entities/{name}"), None);
    }
    remade(&stage, &["a", "b"]);
    let again = stage.publish(&["--rollback", &backup, "--yes"]);
    assert_eq!(again.status, Some(0), "{}{}", again.stdout, again.stderr);
    assert!(
        again.stdout.contains("2 of 2 entities are back;"),
        "{}",
        again.stdout
    );
}

#[test]
fn what_goes_while_it_is_waited_for_is_waited_for_again() {
    let stage = Stage::new(&config(&[pods(), services()])).with_entities("svc", &["a"]);
    stage.file("new.json", &config(&[pods()]).to_string());
    let push = ["--mapping", "new.json", "--replace", "--yes", "--no-wait"];
    assert_eq!(stage.publish(&push).status, Some(0));
    let backup = stage.backup().display().to_string();
    let back = std::thread::scope(|scope| {
        scope.spawn(|| {
            remade(&stage, &[]);
            stage.exporter("DELETE /v1/blueprints/svc/entities/a", None);
            remade(&stage, &["a"]);
        });
        stage.publish(&["--rollback", &backup, "--yes"])
    });
    assert_eq!(back.status, Some(0), "{}{}", back.stdout, back.stderr);
    assert!(
        back.stdout.contains("1 of 1 entity is back;"),
        "{}",
        back.stdout
    );
}

#[test]
fn what_came_with_the_push_goes_with_it_uncounted() {
    let stage = Stage::new(&config(&[pods()])).with_entities("pod", &["kept"]);
    stage.file("new.json", &config(&[pods(), services()]).to_string());
    let push = ["--mapping", "new.json", "--replace", "--yes"];
    assert_eq!(stage.publish(&push).status, Some(0));
    let stage = stage.with_entities("svc", &["a", "b"]);
    let backup = stage.backup().display().to_string();
    let back = stage.publish(&["--rollback", &backup, "--yes", "--max-deletions", "0"]);
    assert_eq!(back.status, Some(0), "{}{}", back.stdout, back.stderr);
    assert!(back.stdout.contains("- 2\n"), "{}", back.stdout);
    assert_eq!(stage.config(), config(&[pods()]));
    // A rollback is a push, with a backup of its own.
    assert_eq!(stage.backups().len(), 2);
}

#[test]
fn a_file_that_is_no_backup_is_refused() {
    let stage = Stage::new(&config(&[pods()]));
    let check = |content: &str, says: &str| {
        stage.file("b.json", content);
        let ran = stage.publish(&["--rollback", "b.json"]);
        assert_eq!(ran.status, Some(2));
        assert_eq!(ran.stderr, format!("glint-gitops: `b.json` {says}\n"));
    };
    check(
        "{}",
        "is no backup of `glint-gitops publish`: `version` is missing or wrong",
    );
    check(
        &json!({"version": 9}).to_string(),
        "has version 9; this program reads version 1",
    );
}

#[test]
fn a_backup_of_another_catalog_is_refused() {
    let stage = pushed();
    let backup = stage.backup().display().to_string();
    let mut elsewhere = stage.command(&["--rollback", &backup, "--yes"], "http://127.0.0.1:1");
    let ran = stage.ran(&run(&mut elsewhere, b""));
    assert_eq!(ran.status, Some(2));
    let expected = format!(
        "glint-gitops: `[TMP]/backups/k8s-prod@[TIME].json` is a backup of the catalog at `{}`, and `api-url` is `http://127.0.0.1:1`\n",
        stage.sandbox.url()
    );
    assert_eq!(ran.stderr, expected);
}

#[test]
fn what_could_not_be_asked_is_not_lost_and_goes_on_where_it_stopped() {
    let mut stage = pushed();
    let backup = stage.backup();
    let line = "PATCH /v1/blueprints/svc/entities/a ";
    let mut refused = 0;
    let proxy = Proxy::start(stage.sandbox.url(), move |call| {
        // The client logs in once more before it gives up.
        let is_refused = call.starts_with(line) && refused < 2;
        refused += usize::from(is_refused);
        match is_refused {
            true => Act::Answer(401),
            false => Act::Pass,
        }
    });
    let text = std::fs::read_to_string(&backup).expect("it can be read");
    let text = text.replace(stage.sandbox.url(), &proxy.url);
    std::fs::write(&backup, text).expect("it is written");
    stage.url.clone_from(&proxy.url);
    let ran = rolled_back(&stage, &["a", "b"], &[]);
    assert_eq!(ran.status, Some(2), "{}{}", ran.stdout, ran.stderr);
    assert!(
        ran.stderr.contains(
            "not all could be put back; the same command goes on where it stopped: PATCH "
        ),
        "{}",
        ran.stderr
    );
    let backup = backup.display().to_string();
    let again = stage.publish(&["--rollback", &backup, "--yes"]);
    assert_eq!(again.status, Some(0), "{}{}", again.stdout, again.stderr);
    assert_eq!(stage.entity("svc", "a")["properties"]["owner"], "ann");
}

#[test]
fn there_is_no_way_back_to_nothing() {
    let stage = Stage::new(&Value::Null);
    stage.file("new.json", &config(&[pods()]).to_string());
    let push = stage.publish(&["--mapping", "new.json", "--replace", "--yes"]);
    assert_eq!(push.status, Some(0), "{}{}", push.stdout, push.stderr);
    let backup = stage.backup().display().to_string();
    let ran = stage.publish(&["--rollback", &backup, "--yes"]);
    assert_eq!(ran.status, Some(2));
    assert!(
        ran.stderr.contains("before that push the integration had no config, and none would stop its exporter: there is nothing to go back to; `publish --replace` pushes a whole one"),
        "{}",
        ran.stderr
    );
}
