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
    seen.locks = [...doc.querySelectorAll(".lock")].map((e) => e.textContent);
    seen.bars = [...doc.querySelectorAll(".bar")].map((e) => e.getBoundingClientRect().width > 3);
    seen.outside = [...doc.querySelectorAll("g.table")].filter((e) => {
      const [box, all] = [e.getBoundingClientRect(), e.ownerSVGElement.getBoundingClientRect()];
      return box.right > all.right + 1 || box.bottom > all.bottom + 1 || box.left < all.left - 1;
    }).length;
    seen.unnamed = [...doc.querySelectorAll("input, [tabindex], summary, a")].filter((e) =>
      !(e.getAttribute("aria-label") || e.textContent || e.labels?.length)).length;
    doc.getElementById("theme-light").click(); seen.light = back();
    doc.getElementById("theme-dark").click(); seen.dark = back();
    const levels = [...doc.querySelectorAll("h1, h2, h3, h4")].map((e) => Number(e.tagName[1]));
    seen.headings = levels.every((level, at) => level <= (levels[at - 1] ?? 0) + 1);
    const folds = [...doc.querySelectorAll("details:not([open])")];
    folds.forEach((e) => e.querySelector("summary").click());
    seen.folded = [folds.length > 0, folds.filter((e) => !e.open).length];
    const focus = (e) => { e.focus(); return {shown: e.getBoundingClientRect().left >= 0, outline: getComputedStyle(e).outlineStyle}; };
    doc.defaultView.focus();
    seen.focus = [...doc.querySelectorAll("a, summary, input, [tabindex]")].map(focus);
    seen.first = doc.querySelector("a, summary, input, [tabindex]").textContent;
    seen.broken = [...doc.querySelectorAll("a")].filter((e) => !doc.querySelector(e.getAttribute("href"))).length;
    seen.cut = [...doc.querySelectorAll("main *")].filter((e) => !e.closest(".picture") && e.scrollWidth > e.clientWidth + 1
      && getComputedStyle(e).display !== "inline").map((e) => e.className);
    const links = [...doc.querySelectorAll("path.link")];
    const boxes = [...doc.querySelectorAll("g.table")].map((e) => e.querySelector(".box").getBoundingClientRect());
    seen.hidden = links.filter((path) => {
      const [all, point, matrix] = [path.getTotalLength(), path.ownerSVGElement.createSVGPoint(), path.getScreenCTM()];
      return [...Array(50).keys()].some((step) => {
        Object.assign(point, path.getPointAtLength(all * (step + 1) / 51));
        const {x, y} = point.matrixTransform(matrix);
        return boxes.some((box) => x > box.left + 1 && x < box.right - 1 && y > box.top + 1 && y < box.bottom - 1);
      });
    }).length;
    const contrast = (id) => {
      doc.getElementById(id).click();
      const light = ([r, g, b]) => [[r, .2126], [g, .7152], [b, .0722]]
        .reduce((sum, [c, share]) => sum + share * (c / 255 <= .04045 ? c / 255 / 12.92 : ((c / 255 + .055) / 1.055) ** 2.4), 0);
      const parts = (color) => color.match(/[\d.]+/g).map(Number);
      const behind = (e) => { // the row or the box of a picture's text, else the nearest background
        if (e.closest("svg")) {
          const [mark, table] = [e.closest("text").classList[1], e.closest("g.table")];
          return parts(getComputedStyle(table.querySelector(`.row.${mark}`) ?? table.querySelector(".box")).fill);
        }
        for (; e; e = e.parentElement) {
          const color = parts(getComputedStyle(e).backgroundColor);
          if (color[3] !== 0) return color;
        }
      };
      const ratios = [...doc.body.querySelectorAll("*")]
        .filter((e) => !e.closest("title") && [...e.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
        .map((e) => {
          const style = getComputedStyle(e);
          const pair = [parts(e.closest("svg") ? style.fill : style.color), behind(e)].map(light).sort((a, b) => b - a);
          return (pair[0] + .05) / (pair[1] + .05);
        });
      return Math.min(...ratios);
    };
    seen.contrast = {light: contrast("theme-light"), dark: contrast("theme-dark")};
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
        let locks = seen["locks"].as_array().expect("a list");
        assert!(
            locks.iter().any(|lock| lock
                == "ACCESS EXCLUSIVE from line 3: reads and writes wait for 3 statements"),
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
