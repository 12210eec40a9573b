//! Pages in a real browser: what a person sees of them, on a desktop and on a
//! phone, in light and in dark, with the keyboard and on paper. Here the page of
//! `preview`, in `sandbox` those of the sandbox.
//!
//! Pictures of every page are left in `target/tmp/browser`.

#![expect(
    clippy::unwrap_used,
    reason = "a test's helpers may panic as the test itself may"
)]

mod chromium;
mod sandbox;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

use chromium::{Chromium, Screen};

const SCREENS: [(u32, u32); 2] = [(1280, 800), (390, 844)];
const SCHEMES: [&str; 2] = ["light", "dark"];

/// All that examples/shop declares.
const SHOP_NODES: [&str; 7] = [
    "service/checkout",
    "service/search-api",
    "service/web",
    "system/discovery",
    "system/shop",
    "team/commerce",
    "team/storefront",
];
const SHOP_EDGES: [&str; 11] = [
    "service/checkout -dependsOn-> service/search-api",
    "service/checkout -system-> system/shop",
    "service/checkout -team-> team/commerce",
    "service/search-api -system-> system/discovery",
    "service/search-api -team-> team/storefront",
    "service/web -dependsOn-> service/checkout",
    "service/web -dependsOn-> service/search-api",
    "service/web -system-> system/shop",
    "service/web -team-> team/storefront",
    "system/discovery -team-> team/storefront",
    "system/shop -team-> team/commerce",
];

#[test]
fn the_page_of_the_shop_shows_every_entity_and_every_relation() {
    let page = Page::of("shop", &["examples/shop"]);
    let mut chromium = Chromium::start();
    page.check(&mut chromium);
    for (width, height) in SCREENS {
        page.open(&mut chromium, width, height, "light");
        let expected = json!({"nodes": SHOP_NODES, "edges": SHOP_EDGES, "empty": 0});
        assert_eq!(chromium.evaluate(include_str!("drawn.js")), expected);
        assert_eq!(chromium.evaluate(include_str!("listed.js")), expected);
    }
}

#[test]
fn the_page_of_a_change_is_legible() {
    let before = shop_before();
    let before = before.path().to_str().unwrap();
    let page = Page::of("change", &["examples/shop", "--against", before]);
    let mut chromium = Chromium::start();
    page.check(&mut chromium);
    let title = chromium.evaluate("document.querySelector('h1').textContent");
    assert_eq!(title, "1 created, 1 changed, 1 deleted, 5 unchanged");
}

#[test]
fn names_that_are_long_or_hostile_or_turn_around_stay_in_their_place() {
    let long = "a-very-long-identifier-without-an-end".repeat(6);
    let titles = [
        "\"<script>alert(1)</script><img src=x onerror=alert(1)>\"",
        "\"javascript:alert(1)\"",
        "\"\\u202Eshop\\u202D\"",
        "\"شركة المتجر الإلكتروني للتجارة والخدمات العامة\"",
        "\"漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字\"",
        "\"WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW\"",
    ];
    let folder = tempfile::tempdir().unwrap();
    let entities = titles.iter().enumerate().map(|(index, title)| {
        entity(
            "service",
            &format!("{index}-{long}"),
            title,
            &format!("{{r: 0-{long}, {}: gone-{long}}}", "R".repeat(90)),
        )
    });
    fs::write(folder.path().join("all.yaml"), entities.collect::<String>()).unwrap();
    let page = Page::of("hostile", &[folder.path().to_str().unwrap()]);
    page.check(&mut Chromium::start());
}

#[test]
fn three_hundred_entities_are_legible() {
    let folder = tempfile::tempdir().unwrap();
    let entities = (0..300).map(|index| {
        let blueprint = ["service", "service", "service", "library", "system", "team"][index % 6];
        let targets = [index * 7 % 300, index * 31 % 300].map(|it| format!("entity-{it}"));
        let relations = format!(
            "{{uses: [{}], owner: entity-{}}}",
            targets.join(", "),
            index % 50 * 6 + 5
        );
        entity(blueprint, &format!("entity-{index}"), "\"\"", &relations)
    });
    fs::write(folder.path().join("all.yaml"), entities.collect::<String>()).unwrap();
    let page = Page::of("large", &[folder.path().to_str().unwrap()]);
    let mut chromium = Chromium::start();
    page.check(&mut chromium);
    let drawn = chromium.evaluate(include_str!("drawn.js"));
    assert_eq!(drawn, chromium.evaluate(include_str!("listed.js")));
    assert_eq!(drawn["nodes"].as_array().map(Vec::len), Some(300));
}

#[test]
fn the_keyboard_reaches_every_entity() {
    let page = Page::of("keyboard", &["examples/shop"]);
    let mut chromium = Chromium::start();
    for (width, height) in SCREENS {
        page.open(&mut chromium, width, height, "light");
        let mut reached = BTreeSet::new();
        for _ in 0..100 {
            chromium.tab();
            let active = chromium.evaluate(
                "(() => { const it = document.activeElement; \
                 return it.getClientRects().length ? it.dataset.node ?? '' : 'hidden'; })()",
            );
            reached.insert(active.as_str().unwrap().to_owned());
        }
        reached.remove("");
        // The last card that was reached lets its own wires stand out.
        let dim = chromium.evaluate(include_str!("dimmed.js"));
        assert_eq!(
            dim,
            json!(["commerce: 9 of 11 dim", "checkout: 7 of 11 dim"])
        );
        assert_eq!(reached, SHOP_NODES.map(str::to_owned).into());
    }
}

#[test]
fn paper_is_white_and_has_the_whole_drawing() {
    let page = Page::of("paper", &["examples/shop"]);
    let mut chromium = Chromium::start();
    page.open(&mut chromium, 794, 1123, "dark");
    chromium.media("print", "dark");
    let background = chromium.evaluate("getComputedStyle(document.body).backgroundColor");
    assert_eq!(background, "rgb(255, 255, 255)");
    let drawn = chromium.evaluate(include_str!("drawn.js"));
    assert_eq!(drawn["edges"], json!(SHOP_EDGES));
    page.keep("print", &chromium.screenshot());
    let width = chromium.evaluate("document.documentElement.scrollWidth");
    assert_eq!(width, 794);
}

/// A page in a file.
struct Page {
    name: &'static str,
    url: String,
    _folder: TempDir,
}

impl Page {
    /// What `preview` makes of its arguments.
    fn of(name: &'static str, arguments: &[&str]) -> Self {
        let mut preview = Command::new(env!("CARGO_BIN_EXE_glint-gitops"));
        preview.env_clear().current_dir(env!("CARGO_MANIFEST_DIR"));
        preview
            .arg("preview")
            .args(arguments)
            .args(["--format", "html"]);
        let output = preview.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("preview.html");
        fs::write(&file, output.stdout).unwrap();
        Self {
            name,
            url: format!("file://{}", file.display()),
            _folder: folder,
        }
    }

    #[track_caller]
    fn open(&self, chromium: &mut Chromium, width: u32, height: u32, scheme: &'static str) {
        let screen = Screen {
            width,
            height,
            scheme,
        };
        assert_eq!(chromium.open(&self.url, screen), [""; 0]);
    }

    /// Looks at the page on every screen.
    #[track_caller]
    fn check(&self, chromium: &mut Chromium) {
        for (width, height) in SCREENS {
            for scheme in SCHEMES {
                self.open(chromium, width, height, scheme);
                self.keep(&format!("{width}-{scheme}"), &chromium.screenshot());
                let wrong = chromium.evaluate(include_str!("legible.js"));
                assert_eq!(wrong, json!([]), "{} at {width}, {scheme}", self.name);
                let scripts = chromium.evaluate("document.scripts.length");
                assert_eq!(scripts, Value::from(0));
            }
        }
    }

    fn keep(&self, name: &str, picture: &str) {
        keep(&format!("{}-{name}", self.name), picture);
    }
}

/// Leaves a picture for people to look at.
fn keep(name: &str, picture: &str) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser");
    fs::create_dir_all(&folder).unwrap();
    let file: PathBuf = folder.join(format!("{name}.png"));
    fs::write(file, STANDARD.decode(picture).unwrap()).unwrap();
}

fn entity(blueprint: &str, identifier: &str, title: &str, relations: &str) -> String {
    // A name of an object is shorter than an identifier may be.
    let name: String = identifier.chars().take(40).collect();
    format!(
        "---\napiVersion: glint.io/v1\nkind: Entity\n\
         metadata: {{name: {name}, namespace: shop, annotations: {{glint.io/title: {title}}}}}\n\
         spec: {{blueprint: {blueprint}, identifier: {identifier}, relations: {relations}}}\n"
    )
}

/// The example shop as it might have been: without search, with a gateway that
/// the checkout depends on, and with another tier.
fn shop_before() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop");
    for file in ["systems.yaml", "teams.yaml", "web.yaml"] {
        fs::copy(shop.join(file), folder.path().join(file)).unwrap();
    }
    let checkout = fs::read_to_string(shop.join("checkout.yaml")).unwrap();
    let checkout = checkout.replace("tier: 1", "tier: 3");
    fs::write(folder.path().join("checkout.yaml"), checkout).unwrap();
    let gateway = entity("service", "gateway", "\"Old gateway\"", "{}");
    fs::write(folder.path().join("gateway.yaml"), gateway).unwrap();
    folder
}
