//! What is told of an entity, look by look.

use serde_json::{Value, json};

use crate::catalog::{Delivery, EntityKind, Record};
use crate::report::Timestamp;
use crate::report::delivery::{
    Body, Condition, Course, Evidence, Gate, Hazard, KindEvidence, Moment, Now, Refusal, Standing,
    Wait, fields, hazards,
};

/// A course, and who looks at it.
struct Looks {
    course: Course,
    body: Value,
    at: f64,
}

impl Looks {
    /// An object that came while somebody looked.
    fn new(tier: u8) -> Self {
        let mut looks = Self::old(tier);
        looks.change(tier);
        looks
    }

    /// One that was there before.
    fn old(tier: u8) -> Self {
        Self {
            course: Course::begun(now(0.0)),
            body: body(tier),
            at: 0.0,
        }
    }

    fn change(&mut self, tier: u8) {
        let before = fields(&self.body);
        self.body = body(tier);
        self.course.left(before, &fields(&self.body));
        self.course.changed(now(self.at));
    }

    /// Looks at a second, and says what is told of it then.
    fn look(&mut self, at: f64, record: Option<Record>) -> Option<&'static str> {
        self.at = at;
        let body = Body {
            json: &self.body,
            digest: self.body["properties"]["tier"].as_u64().unwrap_or_default(),
        };
        self.course.see(body, record.as_ref(), now(at));
        self.course.standing().map(|it| it.reason().as_str())
    }

    fn is_question(&self) -> bool {
        let digest = self.body["properties"]["tier"].as_u64().unwrap_or_default();
        self.course.is_question(digest, now(self.at))
    }

    fn judge(&mut self, status: u16) -> Option<&'static str> {
        let refusal = (status != 200).then(|| Refusal {
            status,
            code: "code".to_owned(),
            fields: vec!["properties.tier".to_owned()],
        });
        let digest = self.body["properties"]["tier"].as_u64().unwrap_or_default();
        self.course.judge(digest, refusal, now(self.at));
        self.course.standing().map(|it| it.reason().as_str())
    }

    /// The second of the next look.
    fn next(&self) -> Option<f64> {
        let next = self.course.next_look()?;
        Some(next.milliseconds() as f64 / 1000.0)
    }
}

fn now(at: f64) -> Now {
    let begun = Timestamp::parse("2026-11-23T10:00:00Z").expect("it is a time");
    Now {
        moment: Moment::of((at * 1000.0) as u64),
        time: begun.plus(at),
    }
}

fn body(tier: u8) -> Value {
    match tier {
        0 => json!({"identifier": "pay", "blueprint": "service"}),
        tier => json!({
            "identifier": "pay", "blueprint": "service", "properties": {"tier": tier},
        }),
    }
}

/// What the catalog has, written by the exporter or by another.
fn record(tier: u8, by: &str) -> Option<Record> {
    Record::parse(json!({
        "identifier": "pay", "blueprint": "service", "properties": {"tier": tier},
        "createdBy": "exporter", "updatedBy": by, "updatedAt": "2026-11-23T10:00:01Z",
    }))
}

fn there(tier: u8) -> Option<Record> {
    record(tier, "exporter")
}

#[test]
fn what_is_new_is_pending_until_it_is_there() {
    let mut looks = Looks::new(1);
    assert_eq!(looks.next(), Some(0.25));
    assert_eq!(looks.look(0.25, None), Some("Pending"));
    assert_eq!(looks.next(), Some(0.5));
    assert_eq!(looks.look(0.5, there(1)), Some("Delivered"));
    assert_eq!(looks.next(), None);
}

#[test]
fn the_pauses_grow_with_the_time_and_no_further_than_five_minutes() {
    let mut looks = Looks::new(1);
    let mut seen = Vec::new();
    while looks.at < 3600.0 {
        let at = looks.next().expect("it is awaited");
        looks.look(at, None);
        seen.push(at);
    }
    assert_eq!(seen[..6], [0.25, 0.5, 0.75, 1.125, 1.687, 2.53]);
    assert_eq!(seen.len(), 30);
}

#[test]
fn the_api_is_asked_once_for_a_body_after_the_exporter_had_its_time() {
    let mut looks = Looks::new(1);
    looks.look(2.0, None);
    assert!(!looks.is_question());
    looks.look(3.0, None);
    assert!(looks.is_question());
    assert_eq!(looks.judge(422), Some("Rejected"));
    assert_eq!(looks.look(4.0, None), Some("Rejected"));
    assert!(!looks.is_question());
    assert_eq!(looks.next(), Some(63.0));
    looks.change(2);
    looks.look(8.0, None);
    assert!(looks.is_question());
    assert_eq!(looks.judge(200), Some("Pending"));
    looks.look(60.0, None);
    assert!(!looks.is_question());
    looks.look(70.0, None);
    assert!(looks.is_question());
}

#[test]
fn what_was_there_before_anybody_looked_is_asked_for_at_once() {
    let mut looks = Looks::old(1);
    looks.look(0.25, None);
    assert!(looks.is_question());
}

#[test]
fn what_it_relates_to_has_time_to_come() {
    let mut looks = Looks::new(1);
    looks.look(3.0, None);
    assert_eq!(looks.judge(404), Some("Pending"));
    looks.look(10.0, None);
    assert!(!looks.is_question());
    assert_eq!(looks.look(19.0, None), Some("Rejected"));
    assert!(looks.is_question());
    assert_eq!(looks.judge(404), Some("Rejected"));
    assert_eq!(looks.next(), Some(28.5));
    assert_eq!(looks.look(28.5, there(1)), Some("Delivered"));
}

#[test]
fn what_two_looks_miss_is_gone() {
    let mut looks = Looks::new(1);
    looks.look(1.0, there(1));
    assert_eq!(looks.look(1800.0, None), Some("Delivered"));
    assert_eq!(looks.next(), Some(1801.0));
    assert_eq!(looks.look(1801.0, None), Some("Vanished"));
    assert_eq!(looks.look(1802.0, there(1)), Some("Delivered"));
}

#[test]
fn what_two_looks_find_otherwise_was_changed_by_others() {
    let mut looks = Looks::new(1);
    looks.look(1.0, there(1));
    assert_eq!(looks.look(10.0, there(2)), Some("Delivered"));
    assert_eq!(looks.look(11.0, there(2)), Some("Overwritten"));
    let expected = Standing::Overwritten {
        fields: vec!["properties.tier".to_owned()],
    };
    assert_eq!(looks.course.standing(), Some(&expected));
    looks.look(20.0, there(2));
    assert_eq!(looks.look(30.0, there(1)), Some("Delivered"));
}

#[test]
fn one_look_that_errs_tells_nothing() {
    let mut looks = Looks::new(1);
    looks.look(1.0, there(1));
    looks.look(10.0, None);
    assert_eq!(looks.look(11.0, there(1)), Some("Delivered"));
    assert_eq!(looks.look(12.0, None), Some("Delivered"));
}

#[test]
fn a_new_value_is_no_overwriting_of_the_old() {
    let mut looks = Looks::new(1);
    looks.look(1.0, there(1));
    looks.change(2);
    assert_eq!(looks.look(1.5, there(1)), Some("Pending"));
    assert_eq!(looks.look(3.0, there(2)), Some("Delivered"));
}

#[test]
fn a_property_that_left_lingers_until_it_is_gone() {
    let mut looks = Looks::new(1);
    looks.look(1.0, there(1));
    looks.change(0);
    assert_eq!(looks.look(2.0, there(1)), Some("Lingering"));
    let expected = Standing::Lingering {
        fields: vec!["properties.tier".to_owned()],
    };
    assert_eq!(looks.course.standing(), Some(&expected));
    assert_eq!(looks.next(), None);
    looks.change(2);
    assert_eq!(looks.look(3.0, there(2)), Some("Delivered"));
}

fn condition(standing: &Standing, wait: Option<Wait>, age: u64) -> Value {
    Condition::of(standing, 3, age, wait, None, now(0.0)).to_json()
}

#[test]
fn a_condition_says_what_and_for_which_generation() {
    let refused = Standing::from(Refusal {
        status: 422,
        code: "blueprint_schema_mismatch".to_owned(),
        fields: vec!["properties.tier".to_owned()],
    });
    assert_eq!(
        condition(&refused, None, 0),
        json!({
            "type": "Delivered", "status": "False", "reason": "Rejected",
            "message": "the catalog refuses it with 422 blueprint_schema_mismatch in properties.tier",
            "observedGeneration": 3, "lastTransitionTime": "2026-11-23T10:00:00Z",
        })
    );
}

#[test]
fn whoever_looks_after_a_restart_goes_on_where_the_condition_is() {
    let restarted = |standing: &Standing, observed: i64| {
        let said = condition(standing, None, 0);
        let read = Condition::read(&json!({"status": {"conditions": [said]}}));
        let mut looks = Looks::old(0);
        let read = read.expect("there is a condition");
        read.recall(&mut looks.course, observed);
        looks
    };
    let mut same = restarted(&Standing::Delivered, 3);
    same.look(0.0, None);
    assert_eq!(same.look(1.0, None), Some("Vanished"));
    let mut changed = restarted(&Standing::Delivered, 4);
    assert_eq!(changed.look(0.0, there(1)), Some("Delivered"));
    let lingering = Standing::Lingering {
        fields: vec!["properties.tier".to_owned(), "relations.x".to_owned()],
    };
    let mut lingering = restarted(&lingering, 3);
    assert_eq!(lingering.look(0.0, there(1)), Some("Lingering"));
}

#[test]
fn a_condition_is_written_only_where_it_tells_another_thing() {
    let of = |standing: &Standing, generation, before: Option<&Condition>| {
        Condition::of(standing, generation, 0, None, before, now(9.0))
    };
    let pending = |field: &str| Standing::Pending {
        fields: vec![field.to_owned()],
    };
    let first = of(&pending("a"), 1, None);
    assert!(first.is_news(None));
    assert!(!of(&pending("b"), 1, Some(&first)).is_news(Some(&first)));
    assert!(of(&pending("a"), 2, Some(&first)).is_news(Some(&first)));
    assert!(of(&Standing::Delivered, 1, Some(&first)).is_news(Some(&first)));
}

#[test]
fn a_wait_always_ends() {
    let wait = Gate::default().wait(Some("true"), Some("90s"));
    assert_eq!(wait, Some(Wait { longest: 90_000 }));
    let said = |standing: &Standing, age| {
        let said = condition(standing, wait, age);
        format!("{} {}", said["status"], said["reason"]).replace('"', "")
    };
    let refused = |status| {
        Standing::from(Refusal {
            status,
            code: "not_found".to_owned(),
            fields: Vec::new(),
        })
    };
    let pending = Standing::Pending { fields: Vec::new() };
    let unobserved = Standing::Unobserved {
        why: "no mapping".to_owned(),
    };
    for (standing, early, late) in [
        (&pending, "Unknown Waiting", "True NotAwaited"),
        (&refused(404), "Unknown Waiting", "True NotAwaited"),
        (&refused(422), "False Rejected", "False Rejected"),
        (&Standing::Delivered, "True Delivered", "True Delivered"),
        (&Standing::Vanished, "False Vanished", "False Vanished"),
        (&unobserved, "True NotAwaited", "True NotAwaited"),
        (&Standing::Withheld, "True NotAwaited", "True NotAwaited"),
    ] {
        let actual = (said(standing, 89_999), said(standing, 90_000));
        assert_eq!(actual, (early.to_owned(), late.to_owned()), "{standing:?}");
    }
}

#[test]
fn who_waits_and_how_long_is_said_by_the_entity_or_the_operator() {
    let (off, on) = (
        Gate::default(),
        Gate {
            is_on: true,
            longest: 60_000,
        },
    );
    let longest = |wait: Option<Wait>| wait.map(|it| it.longest);
    assert_eq!(longest(off.wait(None, Some("1m"))), None);
    assert_eq!(longest(off.wait(Some("true"), None)), Some(300_000));
    assert_eq!(longest(on.wait(None, None)), Some(60_000));
    assert_eq!(longest(on.wait(Some("false"), None)), None);
    assert_eq!(longest(on.wait(None, Some("soon"))), Some(60_000));
    assert_eq!(longest(on.wait(None, Some("1000h"))), Some(3_600_000));
}

#[track_caller]
fn check_hazards(
    seen: [usize; 3],
    created: Option<&str>,
    changed: Option<&str>,
    expected: &[Hazard],
) {
    let [there, awaited, vanished] = seen;
    let time = |text: Option<&str>| text.and_then(Timestamp::parse);
    let evidence = Evidence {
        kinds: vec![KindEvidence {
            kind: EntityKind::Entity,
            created: time(created),
            there,
            awaited,
            vanished,
        }],
        integration_changed: time(changed),
    };
    assert_eq!(hazards(&evidence), expected);
}

#[test]
fn an_exporter_that_is_older_than_a_crd_does_not_see_it() {
    let (early, late) = (Some("2026-11-23T10:00:00Z"), Some("2026-11-23T10:00:01Z"));
    let unseen = [Hazard::LateCrd(EntityKind::Entity)];
    check_hazards([0, 2, 0], late, early, &unseen);
    check_hazards([1, 2, 0], late, early, &[]);
    check_hazards([0, 0, 0], late, early, &[]);
    let silent = [Hazard::Silent(EntityKind::Entity)];
    check_hazards([0, 2, 0], early, late, &silent);
    check_hazards([0, 2, 0], None, late, &silent);
}

#[test]
fn all_that_go_at_once_were_not_removed_by_hand() {
    check_hazards([0, 0, 3], None, None, &[Hazard::LostCluster]);
    check_hazards([0, 0, 2], None, None, &[]);
    check_hazards([1, 0, 9], None, None, &[Hazard::LostCluster]);
    check_hazards([2, 0, 9], None, None, &[]);
}

#[test]
fn each_standing_counts_as_one_state() {
    let pending = Standing::Pending { fields: Vec::new() };
    let unseen = Standing::Unseen {
        crd: "entities.glint.io".to_owned(),
    };
    assert_eq!(pending.delivery(), Some(Delivery::Pending));
    assert_eq!(unseen.delivery(), Some(Delivery::Pending));
    assert_eq!(Standing::Withheld.delivery(), None);
}
