//! `report --html`: the page as a browser shows it. Needs Chromium, headless; without it, says that it looked at nothing.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::support::Project;

const BASE: &str = "\
CREATE TABLE IF NOT EXISTS customers (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE IF NOT EXISTS orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers, note text);
CREATE TABLE IF NOT EXISTS tags (o bigint REFERENCES orders);
";
/// Its comment would close the style sheet and run a script in a page that does not escape it.
const CHANGE: &str = "\
-- </style></pre><script>document.title = 'run'</script>
CREATE TABLE shipments (id bigint PRIMARY KEY, order_id bigint REFERENCES orders, \"<b>bold</b>\" text,
    handed_over_to_carrier timestamptz);
ALTER TABLE orders DROP COLUMN note;
ALTER TABLE orders ADD COLUMN total numeric;
ALTER TABLE customers RENAME COLUMN name TO full_name;
";

/// What a reader sees, measured in the page itself: two widths, both schemes, and what the keyboard reaches.
const PROBE: &str = include_str!("probe.html");

/// The browser that Debian, Ubuntu and Google install under these names.
fn browser() -> Option<&'static str> {
    ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find(|name| {
            Command::new(name)
                .arg("--version")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|status| status.success())
        })
}

fn browse(browser: &str, folder: &Path, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
        ])
        .arg(format!(
            "--user-data-dir={}",
            folder.join("browser").display()
        ))
        .args(arguments)
        // What it leaves behind goes with the project's folder.
        .env("TMPDIR", folder)
        .output()
        .expect("the browser starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

/// The share of pixels of a screenshot that are of this color, give or take a little.
fn share(screenshot: &Path, color: [u8; 3]) -> f64 {
    let decoder = png::Decoder::new(std::io::BufReader::new(
        fs::File::open(screenshot).expect("a screenshot"),
    ));
    let mut reader = decoder.read_info().expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("it fits in memory")];
    let info = reader.next_frame(&mut pixels).expect("a picture");
    let size = info.color_type.samples();
    let near = |pixel: &[u8]| (0..3).all(|at| pixel[at].abs_diff(color[at]) <= 3);
    let all = pixels.chunks_exact(size).count();
    let alike = pixels
        .chunks_exact(size)
        .filter(|pixel| near(pixel))
        .count();
    f64::from(u32::try_from(alike).expect("a small picture"))
        / f64::from(u32::try_from(all).expect("a small picture"))
}

/// Writes the page of what a change does to a base, and gives back what a reader sees of it; nothing without a browser.
fn seen(project: &Project, change: &str) -> Option<(&'static str, Value)> {
    let Some(browser) = browser() else {
        eprintln!(
            "skipped: no chromium, chromium-browser or google-chrome to look at the page with"
        );
        return None;
    };
    project.git(&["init", "--quiet"]);
    project.git(&["add", "migrations"]);
    project.git(&["commit", "--quiet", "--message", "Base"]);
    project.write("migrations/2_change.sql", change);
    let said = project.run(&["report", "--base", "HEAD", "--html", "out.html"]);
    assert!(
        said.starts_with("exit 1\n") && said.ends_with("out.html: open it in a browser\n"),
        "{said}"
    );

    let page = project.read("out.html");
    let (policy, _) = page
        .split_once("<meta name=\"viewport\"")
        .expect("the page's head");
    let (before, policy) = policy
        .split_once("<meta http-equiv")
        .expect("the page's policy");
    assert!(policy.contains("default-src 'none'"), "{policy}");
    // The probe is a script: the page's own policy would stop it.
    let open = page.replacen(
        &page[before.len()..before.len() + "<meta http-equiv".len() + policy.len()],
        "",
        1,
    );
    let inner = open.replace('&', "&amp;").replace('"', "&quot;");
    project.write("probe.html", PROBE.replace("PAGE", &inner));
    let budget = "--virtual-time-budget=5000";
    let dom = browse(
        browser,
        project.path(),
        &["--dump-dom", budget, &url(project, "probe.html")],
    );
    let dom = String::from_utf8(dom).expect("UTF-8");
    let seen = dom
        .split_once("<pre id=\"seen\">")
        .and_then(|(_, rest)| rest.split_once("</pre>"));
    Some((browser, decoded(seen.expect("the probe ran").0)))
}

fn url(project: &Project, name: &str) -> String {
    format!("file://{}", project.path().join(name).display())
}

/// What holds of every page, on a phone and at a desk.
#[track_caller]
fn usable(seen: &Value) {
    for (place, width) in [("phone", 390), ("desk", 1200)] {
        let seen = &seen[place];
        assert_eq!(seen["width"], width, "nothing sticks out on the {place}");
        assert_eq!(seen["scripts"], 0, "{place}");
        assert_eq!(
            seen["outside"], 0,
            "every table lies in the picture on the {place}"
        );
        assert_eq!(
            seen["unnamed"], 0,
            "a screen reader has a name for each control"
        );
        assert_eq!(
            (&seen["light"], &seen["dark"]),
            (&"rgb(255, 255, 255)".into(), &"rgb(21, 24, 29)".into())
        );
        let links = seen["links"].as_array().expect("a list");
        assert!(
            links
                .iter()
                .all(|link| link.as_str().is_some_and(|link| link.starts_with('#'))),
            "{links:?}"
        );
        assert_eq!(seen["headings"], true, "no level is left out");
        assert_eq!(seen["broken"], 0, "each link leads somewhere");
        assert_eq!(seen["cut"], serde_json::json!([]), "{place}");
        assert_eq!(seen["hidden"], 0, "no foreign key runs behind a table");
        assert_eq!(
            seen["folded"],
            serde_json::json!([true, 0]),
            "what is folded opens"
        );
        assert_eq!(seen["first"], "Skip to the findings");
        let reached = seen["focus"].as_array().expect("a list");
        assert!(
            reached
                .iter()
                .all(|control| control["shown"] == true && control["outline"] == "solid"),
            "{reached:?}"
        );
        for scheme in ["light", "dark"] {
            // WCAG 2.2, 1.4.3: <https://www.w3.org/TR/WCAG22/#contrast-minimum>
            let least = seen["contrast"][scheme].as_f64();
            assert!(least >= Some(4.5), "{least:?} in {scheme}");
        }
    }
}

#[test]
fn the_page_shows_findings_locks_and_tables() {
    let project = Project::new(&[("migrations/1_base.sql", BASE)]);
    let Some((browser, seen)) = seen(&project, CHANGE) else {
        return;
    };
    usable(&seen);
    for place in ["phone", "desk"] {
        let seen = &seen[place];
        assert!(seen["errors"].as_u64() > Some(2), "{}", seen["errors"]);
        assert_eq!(seen["errorsHidden"], 0);
        let text = seen["text"].as_str().expect("a text");
        for part in [
            "2 breaking changes of the schema",
            "the value of note in every row of orders is lost",
            "ALTER TABLE orders DROP COLUMN note",
            "migrations/2_change.sql",
            "second run: failed",
            "breaking table orders, column note: removed text",
        ] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        let at = |part: &str| text.find(part).expect("it was found");
        assert!(
            at("the value of note in every row") < at("queue behind it"),
            "errors stand above warnings"
        );
        assert!(
            seen["title"]
                .as_str()
                .is_some_and(|title| title.starts_with("Migration rehearsal: ")),
            "{}",
            seen["title"]
        );
        assert_eq!(
            seen["foreignKeys"],
            serde_json::json!([
                "orders_customer_id_fkey",
                "shipments_order_id_fkey",
                "tags_o_fkey"
            ])
        );
        assert_eq!(
            seen["marks"],
            serde_json::json!({
                "added": ["+ total numeric", "+ shipments", "+ id bigint PK", "+ order_id bigint FK", "+ \"<b>bold</b>\" text",
                    "+ handed_over_to_carrier timestamp with time zone"],
                "changed": ["~ full_name (was name) text"],
                "removed": ["− note text"],
            })
        );
        assert_eq!(
            seen["tables"],
            serde_json::json!(["customers", "orders", "shipments (new)", "tags"])
        );
        let locks = seen["locks"].as_array().expect("a list");
        assert!(
            locks.iter().any(|lock| lock
                == "ACCESS EXCLUSIVE from line 4: reads and writes wait for 3 statements"),
            "{locks:?}"
        );
        let bars = seen["bars"].as_array().expect("a list");
        assert_eq!(bars.len(), locks.len());
        assert!(bars.iter().all(|bar| bar == true), "{bars:?}");
    }

    for (scheme, back) in [("1", [255, 255, 255]), ("0", [21, 24, 29])] {
        let file = project.path().join(format!("{scheme}.png"));
        let shot = format!("--screenshot={}", file.display());
        let scheme = format!("--blink-settings=preferredColorScheme={scheme}");
        browse(
            browser,
            project.path(),
            &[
                &shot,
                &scheme,
                "--window-size=1200,1600",
                &url(&project, "out.html"),
            ],
        );
        let share = share(&file, back);
        assert!(
            (0.2..0.99).contains(&share),
            "{share} of the page is background"
        );
    }
}

/// A schema of many tables, in which one changes: the picture is of that and its neighbours.
#[test]
fn a_large_schema_shows_what_changes() {
    let table = |n: u32| {
        let parent = n.saturating_sub(1);
        format!(
            "CREATE TABLE IF NOT EXISTS t{n} (id bigint PRIMARY KEY, parent bigint REFERENCES t{parent}, \
             total integer, name text);\n"
        )
    };
    let base: String = (0..40).map(table).collect();
    let project = Project::new(&[("migrations/1_base.sql", &base)]);
    let change = "ALTER TABLE t20 ALTER COLUMN total TYPE bigint;\n".to_owned()
        + &(0..12)
            .map(|n| format!("CREATE INDEX t{n}_name ON t{n} (name);\n"))
            .collect::<String>();
    let Some((_, seen)) = seen(&project, &change) else {
        return;
    };
    usable(&seen);
    let seen = &seen["desk"];
    assert_eq!(seen["tables"], serde_json::json!(["t19", "t20", "t21"]));
    assert_eq!(
        seen["marks"]["changed"],
        serde_json::json!(["~ total integer → bigint"])
    );
    let text = seen["text"].as_str().expect("a text");
    for part in [
        "1 change of the schema needs care",
        "37 more tables not shown",
        "12 changes that the running version does not notice",
        "9 more of create-index-not-concurrent",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

/// The probe's JSON, which travels as numbers so that no text of the page can break it.
fn decoded(numbers: &str) -> Value {
    let bytes: Result<Vec<u8>, _> = numbers.split(',').map(str::parse).collect();
    serde_json::from_slice(&bytes.expect("the probe writes numbers"))
        .expect("the probe writes JSON")
}

#[test]
fn a_page_that_cannot_be_written_is_said_to_be_so() {
    let project = Project::new(&[("migrations/1_base.sql", BASE)]);
    let said = project.run(&["report", "--html", "no/such/folder/out.html"]);
    assert!(
        said.starts_with("exit 2\n") && said.contains("cannot write no/such/folder/out.html"),
        "{said}"
    );
    let said = project.run(&["report"]);
    assert!(said.contains("--html <FILE>"), "{said}");
}
