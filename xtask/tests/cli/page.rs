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
";
/// Its comment would close the style sheet and run a script in a page that does not escape it.
const CHANGE: &str = "\
-- </style></pre><script>document.title = 'run'</script>
CREATE TABLE shipments (id bigint PRIMARY KEY, order_id bigint REFERENCES orders, \"<b>bold</b>\" text);
ALTER TABLE orders DROP COLUMN note;
ALTER TABLE orders ADD COLUMN total numeric;
ALTER TABLE customers RENAME COLUMN name TO full_name;
";

/// What a reader sees, measured in the page itself: two widths, both schemes, and what the keyboard reaches.
const PROBE: &str = r##"<iframe id="phone" width="390" height="844" srcdoc="PAGE"></iframe>
<iframe id="desk" width="1200" height="900" srcdoc="PAGE"></iframe>
<script>
addEventListener("load", () => {
  const measure = (id) => {
    const doc = document.getElementById(id).contentDocument;
    const back = () => getComputedStyle(doc.body).backgroundColor;
    const seen = {width: doc.documentElement.scrollWidth, text: doc.body.innerText, title: doc.title};
    seen.scripts = doc.scripts.length;
    seen.links = [...doc.querySelectorAll("[href], [src]")].map((e) => e.getAttribute("href") ?? e.getAttribute("src"));
    const marked = (kind) => [...doc.querySelectorAll(`.table.${kind} .name, .column.${kind}`)].map((e) => e.textContent);
    seen.marks = Object.fromEntries(["added", "changed", "removed"].map((kind) => [kind, marked(kind)]));
    seen.tables = [...doc.querySelectorAll("g.table")].map((e) => e.querySelector("title").textContent);
    seen.foreignKeys = [...doc.querySelectorAll("path.link > title")].map((e) => e.textContent);
    seen.bars = [...doc.querySelectorAll(".bar")].map((e) => [e.textContent, e.getBoundingClientRect().width > 3]);
    seen.outside = [...doc.querySelectorAll("g.table")].filter((e) => {
      const [box, all] = [e.getBoundingClientRect(), e.ownerSVGElement.getBoundingClientRect()];
      return box.right > all.right + 1 || box.bottom > all.bottom + 1 || box.left < all.left - 1;
    }).length;
    seen.unnamed = [...doc.querySelectorAll("input, [tabindex], summary, a")].filter((e) =>
      !(e.getAttribute("aria-label") || e.textContent || e.labels?.length)).length;
    doc.getElementById("theme-light").click(); seen.light = back();
    doc.getElementById("theme-dark").click(); seen.dark = back();
    const errors = () => [...doc.querySelectorAll(".finding.error")].filter((e) => e.offsetParent).length;
    seen.errors = errors();
    doc.getElementById("show-error")?.click(); seen.errorsHidden = errors();
    return seen;
  };
  const seen = JSON.stringify({phone: measure("phone"), desk: measure("desk")});
  document.body.innerHTML = "";
  document.body.append(Object.assign(document.createElement("pre"), {id: "seen", textContent: new TextEncoder().encode(seen).join()}));
});
</script>
"##;

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

#[test]
fn the_page_shows_findings_locks_and_tables() {
    let Some(browser) = browser() else {
        eprintln!(
            "skipped: no chromium, chromium-browser or google-chrome to look at the page with"
        );
        return;
    };
    let project = Project::new(&[("migrations/1_base.sql", BASE)]);
    project.git(&["init", "--quiet"]);
    project.git(&["add", "migrations"]);
    project.git(&["commit", "--quiet", "--message", "Base"]);
    project.write("migrations/2_change.sql", CHANGE);
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
    let url = |name: &str| format!("file://{}", project.path().join(name).display());
    let dom = browse(
        browser,
        project.path(),
        &[
            "--dump-dom",
            "--virtual-time-budget=5000",
            &url("probe.html"),
        ],
    );
    let dom = String::from_utf8(dom).expect("UTF-8");
    let seen = dom
        .split_once("<pre id=\"seen\">")
        .and_then(|(_, rest)| rest.split_once("</pre>"));
    let seen = decoded(seen.expect("the probe ran").0);

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
        assert!(seen["errors"].as_u64() > Some(2), "{}", seen["errors"]);
        assert_eq!(seen["errorsHidden"], 0);
        let text = seen["text"].as_str().expect("a text");
        for part in [
            "the value of note in every row of orders is lost",
            "ALTER TABLE orders DROP COLUMN note",
            "migrations/2_change.sql:3",
            "second run: failed",
            "breaking table public.orders column note removed: text",
            "orders",
        ] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        assert!(
            seen["title"]
                .as_str()
                .is_some_and(|title| title.starts_with("Migration rehearsal: ")),
            "{}",
            seen["title"]
        );
        assert_eq!(
            seen["foreignKeys"],
            serde_json::json!(["orders_customer_id_fkey", "shipments_order_id_fkey"])
        );
        assert_eq!(
            seen["marks"],
            serde_json::json!({
                "added": ["+ total numeric", "+ shipments", "+ id bigint PK", "+ order_id bigint FK", "+ \"<b>bold</b>\" text"],
                "changed": ["~ full_name (was name) text"],
                "removed": ["− note text"],
            })
        );
        assert_eq!(
            seen["tables"],
            serde_json::json!(["customers", "orders", "shipments (new)"])
        );
        let bars = seen["bars"].as_array().expect("a list");
        assert!(
            bars.iter().any(|bar| bar[0]
                == "ACCESS EXCLUSIVE from line 3: reads and writes wait for 3 statements"),
            "{bars:?}"
        );
        assert!(bars.iter().all(|bar| bar[1] == true), "{bars:?}");
    }

    for (scheme, back) in [("1", [255, 255, 255]), ("0", [21, 24, 29])] {
        let file = project.path().join(format!("{scheme}.png"));
        let shot = format!("--screenshot={}", file.display());
        let scheme = format!("--blink-settings=preferredColorScheme={scheme}");
        browse(
            browser,
            project.path(),
            &[&shot, &scheme, "--window-size=1200,1600", &url("out.html")],
        );
        let share = share(&file, back);
        assert!(
            (0.2..0.99).contains(&share),
            "{share} of the page is background"
        );
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
