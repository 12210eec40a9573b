//! What the keeper does with what it is told, as a user sees it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    AcceptedSet, Due, Ended, Evidence, Fit, Homes, Keeper, MapKey, Moment, Owner, Round, Rules,
    Sighting, Step, Tracking, of_part, to_parts,
};
use crate::catalog::{
    Claim, ClaimSelector, Claims, Dialect, FragmentSource, FragmentSources, Pattern,
};
use crate::exporter::Style;

const MINUTE: u64 = 60_000;

fn pattern(text: &str) -> Pattern {
    Pattern::parse(text).unwrap()
}

fn rules(style: Style) -> Rules {
    let source = |owner| FragmentSource {
        owner: pattern(owner),
        namespace: None,
    };
    Rules {
        sources: FragmentSources(vec![
            source("Application/argocd/*"),
            source("Kustomization/flux-system/*"),
        ]),
        claims: None,
        homes: Homes {
            argocd: "argocd".to_owned(),
            flux: "flux-system".to_owned(),
            tracking: Tracking::Annotation,
        },
        dialect: Dialect::Glint,
        style,
        grace: 10 * MINUTE,
    }
}

/// The names of one blueprint.
fn fragment(blueprint: &str, properties: &[&str]) -> Value {
    json!({"version": 1, "dialect": "glint", "entities": [
        {"kind": "Entity", "blueprint": blueprint, "properties": {"required": properties}}]})
}

/// The ConfigMap of an application of the same name.
fn config_map(name: &str, fragment: &Value) -> Value {
    json!({
        "metadata": {"name": name, "namespace": "shop", "uid": format!("uid-{name}"),
            "annotations": {"argocd.argoproj.io/tracking-id":
                format!("{name}:/ConfigMap:shop/{name}")}},
        "data": {"fragment.json": format!("{fragment}\n")},
    })
}

fn key(name: &str) -> MapKey {
    MapKey {
        namespace: "shop".to_owned(),
        name: name.to_owned(),
    }
}

/// A keeper, the time, and what the owners say.
struct World {
    keeper: Keeper,
    now: Moment,
    says: BTreeMap<String, Option<Evidence>>,
}

impl World {
    fn new(rules: Rules) -> Self {
        Self::with(rules, AcceptedSet::new())
    }

    fn with(rules: Rules, accepted: AcceptedSet) -> Self {
        let now = Moment(0);
        Self {
            keeper: Keeper::new(rules, accepted, now),
            now,
            says: BTreeMap::new(),
        }
    }

    /// With these applications live, each with a property of its blueprint.
    fn live(names: &[&str]) -> Self {
        let mut world = Self::new(rules(Style::Explicit));
        let maps: Vec<Value> = names
            .iter()
            .map(|name| config_map(name, &fragment(name, &["tier"])))
            .collect();
        world.list(&maps);
        world.push();
        world
    }

    fn list(&mut self, maps: &[Value]) {
        for map in maps {
            self.see(map);
        }
        self.keeper.listed(self.now);
        self.ask();
    }

    fn see(&mut self, map: &Value) {
        let sighting = Sighting::of(map, &self.keeper.rules);
        self.keeper.seen(sighting, self.now);
        self.ask();
    }

    fn gone(&mut self, name: &str) {
        self.keeper.gone(&key(name), self.now);
    }

    fn wait(&mut self, milliseconds: u64) {
        self.now = self.now.plus(milliseconds);
        self.ask();
    }

    /// Owners list what is theirs, unless something else is set.
    fn ask(&mut self) {
        for question in self.keeper.questions(self.now) {
            let owned = Some(Evidence::Owned { project: None });
            let evidence: Vec<Option<Evidence>> = question
                .owners
                .iter()
                .map(|it| self.says.get(&it.to_string()).unwrap_or(&owned).clone())
                .collect();
            self.keeper.answered(&question, &evidence, self.now);
        }
    }

    fn says(&mut self, owner: &str, evidence: Option<Evidence>) {
        self.says.insert(owner.to_owned(), evidence);
    }

    /// When something is due, as what is due now.
    fn due(&mut self) -> String {
        match self.keeper.due(self.now) {
            Due::Nothing => "nothing".to_owned(),
            Due::At(at) => format!("in {} ms", at.since(self.now)),
            Due::Accept(set) => {
                let names = names(&set);
                self.end(set);
                format!("accept {names}")
            }
            Due::Push(_) => "push".to_owned(),
        }
    }

    /// Waits for the quiet and pushes what is wanted.
    fn push(&mut self) -> String {
        self.wait(5_000);
        let Due::Push(mut round) = self.keeper.due(self.now) else {
            panic!("nothing to push");
        };
        round.planned(Fit::Free);
        let Step::Push(set) = round.step() else {
            panic!("{:?}", round.step());
        };
        let shown = blueprints(&set);
        self.end(set);
        shown
    }

    fn end(&mut self, accepted: AcceptedSet) {
        let ended = Ended {
            accepted: Some(accepted),
            ..Ended::default()
        };
        self.keeper.ended(ended, self.now);
    }

    fn accepted(&self) -> String {
        blueprints(self.keeper.accepted())
    }

    fn notices(&mut self) -> Vec<String> {
        let notices = self.keeper.notices().into_iter();
        let shown = notices.map(|it| {
            let stays = if it.was_accepted {
                ", the last stays"
            } else {
                ""
            };
            format!("{}: {}: {}{stays}", it.key, it.refusal.code(), it.refusal)
        });
        shown.collect()
    }
}

fn names(set: &AcceptedSet) -> String {
    let names: Vec<&str> = set.keys().map(|key| key.name.as_str()).collect();
    names.join(" ")
}

/// Each ConfigMap with its blueprints and their properties.
fn blueprints(set: &AcceptedSet) -> String {
    let shown = set.iter().map(|(key, accepted)| {
        let members = accepted.fragment.members().map(|(_, blueprint, members)| {
            let required = members.properties.required().iter();
            let required: Vec<&str> = required.map(|it| it.as_str()).collect();
            format!("{blueprint}({})", required.join(" "))
        });
        format!("{}:{}", key.name, members.collect::<Vec<_>>().join(","))
    });
    shown.collect::<Vec<_>>().join(" ")
}

#[test]
fn nothing_is_due_before_a_list_is_complete() {
    let mut world = World::new(rules(Style::Explicit));
    assert_eq!(world.due(), "nothing");
    world.see(&config_map("a", &fragment("service", &["tier"])));
    world.wait(MINUTE);
    assert_eq!(world.due(), "nothing");
    world.keeper.listed(world.now);
    assert_eq!(world.push(), "a:service(tier)");
}

#[test]
fn changes_are_pushed_after_five_quiet_seconds_and_within_a_minute() {
    let mut world = World::live(&["a"]);
    let change = |it: usize| config_map("a", &fragment("a", &[&format!("p{it}")]));
    world.see(&change(0));
    assert_eq!(world.due(), "in 5000 ms");
    for it in 1..=14 {
        world.wait(4_000);
        world.see(&change(it));
    }
    assert_eq!(world.due(), "in 4000 ms");
    world.wait(4_000);
    assert_eq!(world.due(), "push");
}

#[test]
fn nothing_is_pushed_when_nothing_changed_in_meaning() {
    let mut world = World::live(&["a"]);
    // Another application declares the same.
    world.see(&config_map("b", &fragment("a", &["tier"])));
    world.wait(5_000);
    assert_eq!(world.due(), "accept a b");
    // The same names in another order, another resource version, another mapping.yaml.
    let mut map = config_map("a", &fragment("a", &["tier"]));
    map["data"]["mapping.yaml"] = json!("resources: []");
    map["metadata"]["resourceVersion"] = json!("17");
    world.see(&map);
    assert_eq!(world.due(), "in 3600000 ms");
}

#[test]
fn the_generic_mapping_is_pushed_once() {
    let mut world = World::new(rules(Style::Generic));
    world.list(&[]);
    assert_eq!(world.push(), "");
    world.see(&config_map("a", &fragment("service", &["tier"])));
    world.wait(5_000);
    assert_eq!(world.due(), "accept a");
    assert!(world.due().starts_with("in "));
}

#[test]
fn a_removed_application_takes_what_no_other_needs_after_the_grace_period() {
    let mut world = World::live(&["a", "b"]);
    world.see(&config_map("c", &fragment("a", &["tier"])));
    world.wait(5_000);
    assert_eq!(world.due(), "accept a b c");
    world.gone("a");
    world.gone("b");
    world.wait(5_000);
    assert_eq!(world.due(), "in 595000 ms");
    world.wait(595_000);
    let Due::Push(round) = world.keeper.due(world.now) else {
        panic!("no push");
    };
    let Step::Plan(set) = round.step() else {
        panic!("{:?}", round.step());
    };
    assert_eq!(blueprints(&set), "c:a(tier)");
}

#[test]
fn an_application_that_comes_back_within_the_grace_period_was_never_gone() {
    let mut world = World::live(&["a", "b"]);
    world.gone("a");
    world.wait(9 * MINUTE);
    world.see(&config_map("a", &fragment("a", &["tier"])));
    world.wait(5_000);
    assert!(world.due().starts_with("in "));
    world.wait(2 * MINUTE);
    assert!(world.due().starts_with("in "));
    assert_eq!(world.accepted(), "a:a(tier) b:b(tier)");
    assert_eq!(world.keeper.count().leaving, 0);
}

#[test]
fn what_is_missing_after_a_restart_is_gone_once_a_list_is_complete() {
    let accepted = World::live(&["a", "b"]).keeper.accepted().clone();
    let mut world = World::with(rules(Style::Explicit), accepted);
    world.see(&config_map("b", &fragment("b", &["tier"])));
    world.wait(30 * MINUTE);
    assert_eq!(world.due(), "nothing");
    assert_eq!(world.keeper.count().leaving, 0);
    world.keeper.listed(world.now);
    assert_eq!(world.keeper.count().leaving, 1);
    assert_eq!(world.push(), "a:a(tier) b:b(tier)");
    world.wait(10 * MINUTE);
    assert_eq!(world.due(), "push");
}

#[test]
fn the_last_fragment_of_all_stays() {
    let mut world = World::live(&["a"]);
    world.gone("a");
    world.wait(11 * MINUTE);
    assert!(world.due().starts_with("in "));
    assert_eq!(world.accepted(), "a:a(tier)");
}

#[test]
fn what_does_not_count_changes_nothing() {
    let taken = fragment("a", &["tier"]);
    let with = |field: &str, value: Value| {
        let mut map = config_map("a", &taken);
        map["metadata"][field] = value;
        map
    };
    let data = |text: String| {
        let mut map = config_map("a", &taken);
        map["data"]["fragment.json"] = json!(text);
        map
    };
    let entity = |entity: Value| {
        data(json!({"version": 1, "dialect": "glint", "entities": [entity]}).to_string())
    };
    let jq = entity(json!({"kind": "Entity", "blueprint": "a",
        "properties": {"required": ["tier\"]|env"]}}));
    let mut none = config_map("a", &taken);
    none["data"] = json!({"mapping.yaml": "resources: [{kind: v1/secrets}]"});
    for (map, expected) in [
        (
            with("annotations", json!({})),
            "shop/a: no-owner: neither Argo CD's tracking id nor Flux's labels say what deploys it, the last stays",
        ),
        (
            with(
                "annotations",
                json!({"argocd.argoproj.io/tracking-id": "evil_x:/ConfigMap:shop/a"}),
            ),
            "shop/a: not-in-policy: the policy's `fragments` take none of Application/evil/x in this namespace, the last stays",
        ),
        (
            jq,
            "shop/a: unreadable-fragment: its `fragment.json` has what is no name of the catalog's, at entities[0].properties.required[0], the last stays",
        ),
        (
            entity(json!({"kind": "Secret", "blueprint": "a"})),
            "shop/a: unreadable-fragment: its `fragment.json` is not of the form that `render` writes, at entities[0].kind, the last stays",
        ),
        (
            entity(json!({"kind": "Entity", "blueprint": "a", "jq": ".data"})),
            "shop/a: unreadable-fragment: its `fragment.json` is not of the form that `render` writes, at entities[0], the last stays",
        ),
        (
            data(" ".repeat(200_000) + "{}"),
            "shop/a: fragment-too-large: its `fragment.json` has 200002 bytes, more than the 131072 that one may have, the last stays",
        ),
        (
            data(taken.to_string().replace("glint", "port")),
            "shop/a: other-dialect: its `fragment.json` is of dialect `port`, another catalog's, the last stays",
        ),
        (
            data("jq".to_owned()),
            "shop/a: unreadable-fragment: its `fragment.json` is no JSON, the last stays",
        ),
        (
            none,
            "shop/a: no-fragment: it has no `fragment.json`, the last stays",
        ),
    ] {
        let mut world = World::live(&["a", "b"]);
        world.see(&map);
        assert_eq!(world.notices(), [expected]);
        world.wait(30 * MINUTE);
        assert!(world.due().starts_with("in "), "{expected}");
        assert_eq!(world.accepted(), "a:a(tier) b:b(tier)");
        assert_eq!(world.keeper.count().refused, 1);
    }
}

#[test]
fn a_forged_owner_is_asked_for_a_while_and_then_refused() {
    let mut world = World::live(&["b"]);
    world.says("Application/argocd/a", Some(Evidence::NotListed));
    world.see(&config_map("a", &fragment("a", &["tier"])));
    for _ in 0..3 {
        assert_eq!(world.keeper.count().unproven, 1);
        world.wait(8_000);
    }
    assert_eq!(
        world.notices(),
        [
            "shop/a: forged-owner: it says it is of Application/argocd/a, which does not list it as its own"
        ]
    );
    world.wait(5_000);
    assert!(world.due().starts_with("in "));
    assert_eq!(world.accepted(), "b:b(tier)");
    // It may yet come true, and is told once only.
    world.says(
        "Application/argocd/a",
        Some(Evidence::Owned { project: None }),
    );
    world.wait(10 * MINUTE);
    assert_eq!(world.notices(), [""; 0]);
    assert_eq!(world.push(), "a:a(tier) b:b(tier)");
}

#[test]
fn an_owner_that_cannot_be_read_says_nothing_either_way() {
    let mut world = World::live(&["b"]);
    world.says("Application/argocd/a", None);
    world.see(&config_map("a", &fragment("a", &["tier"])));
    world.see(&config_map("b", &fragment("b", &["tier", "slo"])));
    // The others wait for it, but no longer than a minute.
    world.wait(5_000);
    assert_eq!(world.due(), "in 55000 ms");
    world.wait(55_000);
    let Due::Push(round) = world.keeper.due(world.now) else {
        panic!("no push");
    };
    let Step::Plan(set) = round.step() else {
        panic!("{:?}", round.step());
    };
    assert_eq!(blueprints(&set), "b:b(slo tier)");
    assert_eq!(world.notices(), [""; 0]);
}

#[test]
fn a_claim_names_who_may_declare_a_blueprint() {
    let claim = |project: &str, blueprint: &str| Claim {
        selector: ClaimSelector {
            project: Some(pattern(project)),
            ..ClaimSelector::default()
        },
        blueprints: Some(vec![pattern(blueprint)]),
        identifiers: Some(vec![pattern("x-*")]),
    };
    let mut world = World::new(Rules {
        claims: Some(Claims(vec![claim("team-a", "service")])),
        ..rules(Style::Explicit)
    });
    let of = |project: &str| {
        Some(Evidence::Owned {
            project: Some(project.to_owned()),
        })
    };
    world.says("Application/argocd/a", of("team-a"));
    world.says("Application/argocd/b", of("team-b"));
    world.list(&[
        config_map("a", &fragment("service", &[])),
        config_map("b", &fragment("service", &["tier"])),
    ]);
    assert_eq!(
        world.notices(),
        [
            "shop/b: claim-not-allowed: no claim of the policy lets Application/argocd/b declare entities of blueprint `service`"
        ]
    );
    assert_eq!(world.push(), "a:service()");
}

#[test]
fn what_the_policy_no_longer_takes_leaves_after_the_grace_period() {
    let accepted = World::live(&["a", "b"]).keeper.accepted().clone();
    let mut narrow = rules(Style::Explicit);
    narrow.sources = FragmentSources(vec![FragmentSource {
        owner: pattern("Application/argocd/b"),
        namespace: None,
    }]);
    let mut world = World::with(narrow, accepted);
    world.list(&[
        config_map("a", &fragment("a", &["tier"])),
        config_map("b", &fragment("b", &["tier"])),
    ]);
    assert_eq!(world.push(), "a:a(tier) b:b(tier)");
    world.wait(10 * MINUTE);
    assert_eq!(world.push(), "b:b(tier)");
}

#[test]
fn a_paused_fragment_stays_as_it_was_accepted() {
    let mut world = World::live(&["a", "b"]);
    let mut map = config_map("a", &fragment("a", &["tier", "slo"]));
    map["metadata"]["annotations"]["gitops.glint.io/pause"] = json!("true");
    world.see(&map);
    world.wait(5_000);
    assert!(world.due().starts_with("in "));
    world.see(&config_map("a", &fragment("a", &["tier", "slo"])));
    assert_eq!(world.push(), "a:a(slo tier) b:b(tier)");
}

#[test]
fn nothing_is_pushed_while_all_is_paused() {
    let mut world = World::live(&["a"]);
    world.keeper.pause(true);
    world.see(&config_map("a", &fragment("a", &["slo"])));
    world.wait(5_000);
    assert_eq!(world.due(), "nothing");
    world.keeper.pause(false);
    assert_eq!(world.due(), "push");
}

#[test]
fn an_owner_has_no_room_without_end() {
    let mut world = World::new(rules(Style::Explicit));
    let names: Vec<String> = (0..1_000).map(|it| format!("p{it:090}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for it in 0..12 {
        let mut map = config_map("a", &fragment("a", &names));
        let name = format!("a-{it:02}");
        map["metadata"]["name"] = json!(name);
        map["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"] =
            json!(format!("a:/ConfigMap:shop/{name}"));
        world.see(&map);
    }
    world.keeper.listed(world.now);
    assert_eq!(
        world.notices(),
        [
            "shop/a-11: too-many-names: with it the fragments of Application/argocd/a would have more than 1048576 bytes"
        ]
    );
}

#[test]
fn a_failed_attempt_is_repeated_ever_later_and_a_barred_one_in_ten_minutes() {
    let mut world = World::live(&["a"]);
    world.see(&config_map("a", &fragment("a", &["slo"])));
    world.wait(5_000);
    for expected in ["in 10000 ms", "in 20000 ms", "in 40000 ms"] {
        assert_eq!(world.due(), "push");
        let ended = Ended {
            has_failed: true,
            ..Ended::default()
        };
        world.keeper.ended(ended, world.now);
        assert_eq!(world.due(), expected);
        world.wait(MINUTE);
    }
    assert_eq!(world.due(), "push");
    let ended = Ended {
        held: [key("a")].into(),
        is_barred: true,
        ..Ended::default()
    };
    world.keeper.ended(ended, world.now);
    assert_eq!(world.due(), "in 600000 ms");
    assert_eq!(world.keeper.count().held, 1);
    world.keeper.approved(world.now);
    assert_eq!(world.due(), "push");
}

#[test]
fn what_is_live_is_compared_again_in_an_hour() {
    let mut world = World::live(&["a"]);
    assert_eq!(world.due(), "in 3600000 ms");
    world.wait(60 * MINUTE);
    assert_eq!(world.due(), "push");
}

/// Runs a round against a guard, and says what was planned and pushed, by the keys of
/// those whose change is in it.
#[track_caller]
fn check_round(changed: &[&str], guard: impl Fn(&str) -> Fit, expected: &[&str]) {
    let set = |names: &[&str], property: &str| {
        let mut world = World::new(rules(Style::Explicit));
        let maps = names
            .iter()
            .map(|it| config_map(it, &fragment(it, &[property])));
        world.list(&maps.collect::<Vec<_>>());
        world.push();
        world.keeper.accepted().clone()
    };
    let (base, target) = (set(changed, "old"), set(changed, "new"));
    let changes = |set: &AcceptedSet| {
        let new = set.iter().filter(|(key, it)| target.get(*key) == Some(*it));
        new.map(|(key, _)| key.name.as_str())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let mut round = Round::new(base, target.clone());
    let mut told = Vec::new();
    loop {
        match round.step() {
            Step::Plan(set) => {
                let changes = changes(&set);
                let fit = guard(&changes);
                told.push(format!("{changes}: {fit:?}"));
                round.planned(fit);
            }
            Step::Push(set) => {
                told.push(format!("push {}", changes(&set)));
                round.pushed();
            }
            Step::Over => break,
        }
    }
    let held: Vec<&str> = round.held().iter().map(|key| key.name.as_str()).collect();
    told.push(format!("held {}", held.join(" ")));
    assert_eq!(told, expected);
}

/// Bars what holds one of these.
fn bars(culprits: &[&str]) -> impl Fn(&str) -> Fit {
    let culprits: Vec<String> = culprits.iter().map(|it| (*it).to_owned()).collect();
    move |changes| match changes
        .split(' ')
        .any(|it| culprits.iter().any(|other| other == it))
    {
        true => Fit::Barred,
        false if changes.is_empty() => Fit::Live,
        false => Fit::Free,
    }
}

#[test]
fn what_fits_is_pushed_whole() {
    check_round(&["a", "b"], bars(&[]), &["a b: Free", "push a b", "held "]);
}

#[test]
fn the_one_that_is_to_blame_is_held_and_the_others_go_on() {
    check_round(
        &["a", "b", "c"],
        bars(&["b"]),
        &[
            "a b c: Barred",
            ": Live",
            "b c: Barred",
            "a c: Free",
            "push a c",
            "a b c: Barred",
            "held b",
        ],
    );
    check_round(&["a"], bars(&["a"]), &["a: Barred", ": Live", "held a"]);
}

#[test]
fn several_that_are_to_blame_are_held() {
    check_round(
        &["a", "b", "c"],
        bars(&["a", "c"]),
        &[
            "a b c: Barred",
            ": Live",
            "b c: Barred",
            "a c: Barred",
            "a b: Barred",
            "a: Barred",
            "b: Free",
            "b c: Barred",
            "push b",
            "a b c: Barred",
            "held a c",
        ],
    );
}

#[test]
fn what_bars_everything_is_nobodys_fault() {
    check_round(
        &["a", "b"],
        |_| Fit::Barred,
        &["a b: Barred", ": Barred", "held a b"],
    );
}

#[test]
fn the_search_ends_whatever_the_guard_says() {
    let names: Vec<String> = (0..100).map(|it| format!("a{it:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let planned = std::cell::Cell::new(0);
    let guard = |changes: &str| {
        planned.set(planned.get() + 1);
        if changes.is_empty() {
            Fit::Live
        } else {
            Fit::Barred
        }
    };
    let mut round = {
        let mut world = World::live(&names);
        for name in &names {
            world.see(&config_map(name, &fragment(name, &["new"])));
        }
        world.wait(5_000);
        let Due::Push(round) = world.keeper.due(world.now) else {
            panic!("no push");
        };
        round
    };
    let mut first = true;
    while let Step::Plan(_) = round.step() {
        // The base is the second that is asked for.
        round.planned(guard(if planned.get() == 1 && first { "" } else { "x" }));
        first = planned.get() <= 1;
    }
    assert_eq!((planned.get(), round.held().len()), (18, 100));
    assert_eq!(round.step(), Step::Over);
}

#[test]
fn what_is_accepted_reads_back_from_its_parts() {
    let names: Vec<String> = (0..200).map(|it| format!("a{it:03}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let accepted = World::live(&names).keeper.accepted().clone();
    for (limit, count) in [(1 << 20, 1), (8 << 10, 6)] {
        let parts = to_parts(&accepted, limit);
        assert_eq!(parts.len(), count, "{limit}");
        assert!(parts.iter().all(|it| it.len() <= limit));
        let mut read = AcceptedSet::new();
        for part in &parts {
            read.extend(of_part(part).unwrap());
        }
        assert_eq!(read, accepted);
    }
    let nothing = to_parts(&AcceptedSet::new(), 100);
    assert_eq!(nothing, [r#"{"version":1,"fragments":[]}"#]);
}

#[test]
fn what_does_not_read_is_an_error_and_not_nothing() {
    let error = |text: &str| of_part(text).unwrap_err().to_string();
    assert_eq!(error("{"), "is no JSON");
    assert_eq!(
        error(r#"{"version":2,"fragments":[]}"#),
        "has another version than 1; it was written by a newer glint-gitops"
    );
    assert_eq!(
        error(r#"{"version":1}"#),
        "is not as this program writes it, at fragments[0]"
    );
    assert_eq!(
        error(r#"{"version":1,"fragments":[{"configMap":"a/b","owner":"Pod/a/b","fragment":""}]}"#),
        "is not as this program writes it, at fragments[0]"
    );
    assert_eq!(
        error(
            r#"{"version":1,"fragments":[{"configMap":"a/b","owner":"Application/a/b","fragment":"[]"}]}"#
        ),
        "does not read at fragments[0]: the fragment's top level must be a map"
    );
    assert!(Owner::parse("Application/a/b/c").is_none());
}
