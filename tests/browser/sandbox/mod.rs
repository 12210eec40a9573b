//! The sandbox's pages, served by the program itself.

mod running;

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::chromium::{Chromium, Screen};
use crate::{SCHEMES, SCREENS, SHOP_EDGES, SHOP_NODES, entity, keep};
use running::Running;

const DESKTOP: Screen = Screen {
    width: 1280,
    height: 800,
    scheme: "light",
};
const PHONE: Screen = Screen {
    width: 390,
    height: 844,
    scheme: "light",
};

#[test]
#[expect(clippy::print_stdout, reason = "the time is what this test measures")]
fn an_edited_file_changes_the_page_within_a_second() {
    let sandbox = Running::shop();
    let mut chromium = Chromium::start();
    show(&mut chromium, &sandbox, "/", DESKTOP);
    let text = chromium.evaluate("document.querySelector('#going-on').textContent");
    assert_eq!(text, "following shop: 7 entities");
    let rows = "[...document.querySelectorAll('tr[data-key]')].map((it) => it.dataset.key).sort()";
    assert_eq!(chromium.evaluate(rows), json!(SHOP_NODES));
    let picture = chromium.screenshot();
    keep("sandbox-shop-before", &picture);

    show(&mut chromium, &sandbox, "/graph", DESKTOP);
    let expected = json!({"nodes": SHOP_NODES, "edges": SHOP_EDGES, "empty": 0});
    assert_eq!(chromium.evaluate(include_str!("../drawn.js")), expected);
    assert_eq!(chromium.evaluate(include_str!("words.js")), expected);

    show(
        &mut chromium,
        &sandbox,
        "/entities/service/checkout",
        DESKTOP,
    );
    let tier = "document.querySelector('[data-key=\"field properties.tier\"] code').textContent";
    assert_eq!(chromium.evaluate(tier), "1");
    live(&mut chromium);
    expect(&mut chromium, &format!("{tier} === '3'"));
    let edited = Instant::now();
    sandbox.edit("checkout.yaml", "tier: 1", "tier: 3");
    await_expected(&mut chromium);
    let took = edited.elapsed();
    println!("the page showed the edited value after {took:?}");
    assert!(took < Duration::from_secs(1), "{took:?}");
    let marked = "document.querySelector('[data-own-fresh]')?.dataset.key";
    assert_eq!(chromium.evaluate(marked), "service/checkout");
    assert_eq!(chromium.evaluate(include_str!("../legible.js")), json!([]));
    let picture = chromium.screenshot();
    keep("sandbox-shop-edited", &picture);
    let announced = chromium.evaluate("document.querySelector('#announcement').textContent");
    assert!(
        announced
            .as_str()
            .unwrap()
            .contains("service/checkout changed"),
        "{announced}"
    );
}

#[test]
fn files_come_and_go_and_what_is_wrong_in_one_is_told() {
    let sandbox = Running::shop();
    let mut chromium = Chromium::start();
    show(&mut chromium, &sandbox, "/", DESKTOP);
    live(&mut chromium);
    let sentence = "document.querySelector('.sentence').textContent";
    expect(
        &mut chromium,
        &format!("{sentence} === 'following shop: 8 entities, 1 rejected'"),
    );
    let text = entity("service", "basket", "Basket", "{}");
    fs::write(sandbox.file("basket.yaml"), text).unwrap();
    await_expected(&mut chromium);
    let reason = "document.querySelector('tr[data-key=\"service/basket\"] .reason').textContent";
    let reason = chromium.evaluate(reason);
    assert!(reason.as_str().unwrap().contains("lifecycle"), "{reason}");
    keep("sandbox-rejected", &chromium.screenshot());

    // A directory that can't be rendered, as kustomize is not there.
    expect(&mut chromium, "document.querySelector('.alert') !== null");
    fs::write(sandbox.file("kustomization.yaml"), "resources: [gone.yaml]").unwrap();
    await_expected(&mut chromium);
    keep("sandbox-broken", &chromium.screenshot());

    let healed = format!("{sentence} === 'following shop: 7 entities'");
    expect(
        &mut chromium,
        &format!("{healed} && !document.querySelector('.alert')"),
    );
    fs::remove_file(sandbox.file("basket.yaml")).unwrap();
    fs::remove_file(sandbox.file("kustomization.yaml")).unwrap();
    await_expected(&mut chromium);
}

#[test]
fn every_page_is_legible_on_every_screen() {
    let sandbox = Running::shop();
    report(&sandbox);
    let mut chromium = Chromium::start();
    for (name, path) in PAGES {
        check(&mut chromium, &sandbox, name, path);
    }
}

#[test]
fn empty_pages_are_legible_and_teach() {
    let sandbox = Running::empty();
    let mut chromium = Chromium::start();
    for (name, path) in PAGES
        .iter()
        .filter(|(name, path)| *name != "found" && path.matches('/').count() == 1)
    {
        check(&mut chromium, &sandbox, &format!("empty-{name}"), path);
        let commands = chromium.evaluate("document.querySelectorAll('.empty pre').length");
        assert!(commands.as_u64().unwrap() > 0, "{path} teaches nothing");
    }
}

#[test]
fn hostile_long_and_turned_values_stay_text_in_their_place() {
    let sandbox = Running::of(&hostile());
    let mut chromium = Chromium::start();
    show(&mut chromium, &sandbox, "/", DESKTOP);
    let links = "[...document.querySelectorAll('th a')].map((it) => it.pathname)";
    let links = chromium.evaluate(links);
    let links: Vec<&str> = links
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert!(links.len() > 5, "{links:?}");
    for (at, path) in links
        .iter()
        .copied()
        .chain(["/", "/graph", "/mapping", "/calls"])
        .enumerate()
    {
        check(&mut chromium, &sandbox, &format!("hostile-{at}"), path);
        let schemes = "[...new Set([...document.querySelectorAll('a')].map((it) => new URL(it.href.baseVal ?? it.href, location).protocol))]";
        let schemes = chromium.evaluate(schemes);
        let known = ["http:", "https:", "mailto:"];
        let schemes = schemes.as_array().unwrap();
        assert!(
            schemes
                .iter()
                .all(|it| known.contains(&it.as_str().unwrap())),
            "{schemes:?}"
        );
        let others = "document.scripts.length + document.images.length + document.querySelectorAll('iframe, object, embed, style, base').length";
        assert_eq!(chromium.evaluate(others), 1, "{path}");
        assert_eq!(chromium.evaluate("typeof pwned"), "undefined", "{path}");
    }
}

#[test]
fn the_keyboard_reaches_everything_and_the_focus_is_seen() {
    let sandbox = Running::shop();
    let mut chromium = Chromium::start();
    for (path, expected) in [
        ("/", 20),
        ("/graph", 33),
        ("/entities/service/checkout", 23),
    ] {
        show(&mut chromium, &sandbox, path, DESKTOP);
        let mut reached = Vec::new();
        loop {
            chromium.tab();
            let focus = chromium.evaluate(FOCUS);
            let focus = focus.as_str().unwrap().to_owned();
            if focus.is_empty() || reached.first() == Some(&focus) {
                break;
            }
            assert!(!focus.contains("unseen"), "{focus} on {path}");
            reached.push(focus);
        }
        assert!(reached[0].starts_with("Skip to the content"), "{reached:?}");
        assert!(
            reached.len() >= expected,
            "{path}: {} {reached:#?}",
            reached.len()
        );
    }
    show(&mut chromium, &sandbox, "/", DESKTOP);
    chromium.tab();
    chromium.press("Enter", 13);
    assert_eq!(chromium.evaluate("document.activeElement.id"), "main");
}

#[test]
fn the_drawing_is_zoomed_and_moved_by_keys_mouse_and_touch() {
    let sandbox = Running::shop();
    let mut chromium = Chromium::start();
    let width = "Math.round([...document.querySelectorAll('#board svg')].find((it) => it.getClientRects().length).getBoundingClientRect().width)";
    let grown = |chromium: &mut Chromium, before: &Value, how: &str| {
        let now = chromium.evaluate(width);
        assert!(
            now.as_f64() > before.as_f64(),
            "{how}: from {before} to {now}"
        );
        now
    };
    show(&mut chromium, &sandbox, "/graph", DESKTOP);
    let natural = chromium.evaluate(width);
    chromium.evaluate("document.querySelector('#board').focus()");
    chromium.press("+", 187);
    let by_key = grown(&mut chromium, &natural, "key");
    chromium.evaluate("document.querySelector('[data-zoom=in]').click()");
    let by_button = grown(&mut chromium, &by_key, "button");
    let middle = chromium.evaluate("(() => { const box = document.querySelector('#board').getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; })()");
    let middle = (middle[0].as_f64().unwrap(), middle[1].as_f64().unwrap());
    chromium.wheel_with_ctrl(middle, -200.0);
    chromium.evaluate("new Promise(requestAnimationFrame)");
    grown(&mut chromium, &by_button, "wheel");
    let scrolled = "document.querySelector('#board').scrollLeft";
    let before = chromium.evaluate(scrolled).as_f64().unwrap();
    let (x, y) = middle;
    chromium.drag(&[middle, (x - 30.0, y), (x - 60.0, y - 5.0)]);
    let after = chromium.evaluate(scrolled).as_f64().unwrap();
    assert!(
        (after - before - 60.0).abs() < 2.0,
        "dragged from {before} to {after}"
    );
    assert_eq!(chromium.evaluate("location.pathname"), "/graph");
    chromium.press("0", 48);
    let fits = "(() => { const board = document.querySelector('#board'); return board.scrollWidth <= board.clientWidth && board.scrollHeight <= board.clientHeight; })()";
    assert_eq!(chromium.evaluate(fits), true);

    show(&mut chromium, &sandbox, "/graph", PHONE);
    let natural = chromium.evaluate(width);
    chromium.pinch((180.0, 500.0), 80.0, 200.0);
    grown(&mut chromium, &natural, "two fingers");
    let stays = chromium.evaluate("document.documentElement.scrollWidth");
    assert_eq!(stays, 390);
}

#[test]
fn a_search_filters_as_one_types_and_is_a_form_without_script() {
    let sandbox = Running::shop();
    let mut chromium = Chromium::start();
    let rows = "[...document.querySelectorAll('tr[data-key]')].map((it) => it.dataset.key)";
    show(&mut chromium, &sandbox, "/", DESKTOP);
    chromium.evaluate("document.querySelector('#q').focus()");
    expect(
        &mut chromium,
        "document.querySelectorAll('tr[data-key]').length === 1",
    );
    chromium.write("parcel");
    await_expected(&mut chromium);
    assert_eq!(chromium.evaluate(rows), json!(["system/shop"]));
    assert_eq!(chromium.evaluate("location.search"), "?q=parcel");
    assert_eq!(chromium.evaluate("document.activeElement.id"), "q");

    let mut chromium = Chromium::start();
    chromium.without_scripts();
    show(&mut chromium, &sandbox, "/", DESKTOP);
    assert_eq!(chromium.evaluate(rows).as_array().map(Vec::len), Some(7));
    chromium.evaluate("document.querySelector('#q').focus()");
    chromium.write("parcel");
    chromium.forget();
    chromium.press("Enter", 13);
    chromium.wait_for("Page.loadEventFired");
    assert_eq!(chromium.evaluate(rows), json!(["system/shop"]));
    show(&mut chromium, &sandbox, "/graph", DESKTOP);
    let expected = json!({"nodes": SHOP_NODES, "edges": SHOP_EDGES, "empty": 0});
    assert_eq!(chromium.evaluate(include_str!("words.js")), expected);
    assert_eq!(
        chromium.evaluate("document.querySelector('#zoom').getClientRects().length"),
        0
    );
    keep("sandbox-without-script", &chromium.screenshot());
}

#[test]
fn a_change_leaves_the_focus_and_what_was_typed_where_they_are() {
    let sandbox = Running::shop();
    let mut chromium = Chromium::start();
    show(&mut chromium, &sandbox, "/", DESKTOP);
    live(&mut chromium);
    chromium.evaluate("document.querySelector('tr[data-key=\"service/web\"] a').focus()");
    expect(
        &mut chromium,
        "document.querySelector('tr[data-key=\"service/web\"]').textContent.includes('Web shop')",
    );
    sandbox.edit("web.yaml", "Web storefront", "Web shop");
    await_expected(&mut chromium);
    assert_eq!(
        chromium.evaluate("document.activeElement.textContent"),
        "Web shop"
    );
    // What changed comes first, and is marked for a while.
    assert_eq!(
        chromium.evaluate("document.querySelector('tr[data-key]').dataset.key"),
        "service/web"
    );
    expect(&mut chromium, "!document.querySelector('[data-own-fresh]')");
    await_expected(&mut chromium);
}

#[test]
fn only_names_of_loopback_are_answered_and_nothing_is_told_to_other_sites() {
    let sandbox = Running::shop();
    for (host, expected) in [
        ("127.0.0.1:8808", "HTTP/1.1 200"),
        ("localhost", "HTTP/1.1 200"),
        ("evil.example", "HTTP/1.1 421"),
        ("127.0.0.1.evil.example", "HTTP/1.1 421"),
    ] {
        let answer = sandbox.ask("GET /", host, "Origin: http://evil.example\r\n\r\n");
        assert!(answer.starts_with(expected), "{host}: {answer}");
        assert!(
            !answer.to_lowercase().contains("access-control"),
            "{answer}"
        );
    }
    let answer = sandbox.ask("POST /", "localhost", "Content-Length: 0\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 405"), "{answer}");
}

/// All kinds of pages.
const PAGES: [(&str, &str); 9] = [
    ("entities", "/"),
    ("found", "/?q=checkout"),
    ("blueprint", "/blueprints/service"),
    ("entity", "/entities/service/checkout"),
    ("graph", "/graph"),
    ("runs", "/runs"),
    ("target", "/targets/in-cluster-argocd-shop"),
    ("mapping", "/mapping"),
    ("calls", "/calls"),
];

/// What has the focus, and whether it is seen to have it.
const FOCUS: &str = "(() => {
  const it = document.activeElement;
  if (it === document.body) return '';
  const box = it.getBoundingClientRect();
  const style = getComputedStyle(it);
  const ring = style.outlineStyle !== 'none' || (it.querySelector('.face') && getComputedStyle(it.querySelector('.face')).strokeWidth === '3px');
  const isSeen = ring && box.width > 0 && box.bottom > 0 && box.top < innerHeight;
  return `${it.textContent.trim().slice(0, 40) || it.id} ${it.href?.baseVal ?? it.href ?? ''} ${isSeen ? '' : 'unseen'}`;
})()";

#[track_caller]
fn show(chromium: &mut Chromium, sandbox: &Running, path: &str, screen: Screen) {
    assert_eq!(
        chromium.open(&sandbox.page(path), screen),
        [""; 0],
        "{path}"
    );
}

/// Looks at a page on every screen.
#[track_caller]
fn check(chromium: &mut Chromium, sandbox: &Running, name: &str, path: &str) {
    for (width, height) in SCREENS {
        for scheme in SCHEMES {
            let screen = Screen {
                width,
                height,
                scheme,
            };
            show(chromium, sandbox, path, screen);
            keep(
                &format!("sandbox-{name}-{width}-{scheme}"),
                &chromium.screenshot(),
            );
            let wrong = chromium.evaluate(include_str!("../legible.js"));
            assert_eq!(wrong, json!([]), "{path} at {width}, {scheme}");
        }
    }
    let wrong = chromium.evaluate(include_str!("named.js"));
    assert_eq!(wrong, json!([]), "{path}");
    assert_eq!(chromium.complaints(&sandbox.page(path)), [""; 0], "{path}");
}

/// Waits until the page hears of changes.
fn live(chromium: &mut Chromium) {
    expect(
        chromium,
        "document.querySelector('#live').textContent === 'live'",
    );
    await_expected(chromium);
}

/// Lets the page wait for a condition, from now on.
fn expect(chromium: &mut Chromium, condition: &str) {
    chromium.evaluate(&format!(
        "void (window.expected = new Promise((resolve) => {{
           const test = () => {{ if ({condition}) {{ observer.disconnect(); resolve(true); }} }};
           const observer = new MutationObserver(test);
           observer.observe(document, {{ subtree: true, childList: true, attributes: true, characterData: true }});
           test();
         }}))"
    ));
}

fn await_expected(chromium: &mut Chromium) {
    assert_eq!(chromium.evaluate("expected"), true);
}

/// What a deployment of the shop reports, one run of it failed.
fn report(sandbox: &Running) {
    let text = json!({"type": "string"});
    let number = json!({"type": "number"});
    let properties = json!({
        "syncStatus": text, "healthStatus": text, "tool": text, "phase": text, "reason": text,
        "revision": text, "message": text, "startedAt": text, "durationSeconds": number,
        "declaredEntities": number, "rejectedEntities": number, "created": number,
        "failed": number, "errors": {"type": "array"},
    });
    let schema = json!({"properties": properties, "required": []});
    let target = json!({"target": {"target": "gitopsTarget", "required": false, "many": false}});
    for (identifier, relations) in [("gitopsTarget", json!({})), ("gitopsSync", target)] {
        let blueprint = json!({
            "identifier": identifier, "title": identifier, "schema": schema, "relations": relations,
        });
        sandbox.call("POST /v1/blueprints", &blueprint);
    }
    let target = json!({
        "identifier": "in-cluster-argocd-shop", "title": "argocd/shop",
        "properties": {
            "syncStatus": "OutOfSync", "healthStatus": "Degraded", "tool": "argocd",
            "message": "one or more objects failed to apply", "declaredEntities": 7,
            "rejectedEntities": 1,
        },
    });
    sandbox.call("POST /v1/blueprints/gitopsTarget/entities", &target);
    let error = json!({
        "blueprint": "service", "identifier": "search-api", "code": "validation_failed",
        "message": "properties/tier must be number",
    });
    for (minute, phase, errors) in [(10, "Succeeded", json!([])), (14, "Failed", json!([error]))] {
        let run = json!({
            "identifier": format!("in-cluster-argocd-shop-{minute}"),
            "properties": {
                "phase": phase, "revision": "731f00a1c3", "created": 4, "durationSeconds": 3.2,
                "startedAt": format!("2026-11-23T03:{minute}:00Z"), "errors": errors,
            },
            "relations": {"target": "in-cluster-argocd-shop"},
        });
        sandbox.call("POST /v1/blueprints/gitopsSync/entities", &run);
    }
}

/// Entities whose names and values want to be something else.
fn hostile() -> String {
    let long = "a-very-long-identifier-without-an-end".repeat(6);
    let titles = [
        "\"<script>pwned = 1</script><img src=x onerror='pwned = 1'>\"",
        "\"javascript:pwned=1\"",
        "\"\\u202Eshop\\u202D\"",
        "\"شركة المتجر الإلكتروني للتجارة والخدمات العامة\"",
        "\"漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字\"",
        "\"WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW\"",
    ];
    let entities = titles.iter().enumerate().map(|(index, title)| {
        let relations = format!("{{r: 0-{long}, {}: gone-{long}}}", "R".repeat(90));
        let text = entity("service", &format!("{index}-{long}"), title, &relations);
        let properties = format!(
            "{{a: 'javascript:pwned=1', b: 'data:text/html,<script>pwned=1</script>', c: {title}, \
             d: 'https://a.example/{long}', e: 'mailto:a@b.example', f: 'vbscript:x', \
             g: [' javascript:pwned=1', 'JAVASCRIPT:pwned=1'], h: {{'<b>': '</dd><script>pwned=1</script>'}}, \
             {}: {}}}",
            "P".repeat(90),
            "V".repeat(3_000),
        );
        text.replace("relations: {", &format!("properties: {properties}, relations: {{"))
    });
    entities.collect()
}
