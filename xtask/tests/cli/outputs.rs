//! Reports for other programs: several from one run, each in its own file.

use serde_json::Value;

use crate::{schema::validate, support::Project};

const SQL: &str = "\
-- rehearsal: allow(drop-table): nobody reads it
DROP TABLE IF EXISTS old;
/* 😀 */ CREATE INDEX i ON users (email);
NO SUCH THING;
";

fn project() -> Project {
    Project::new(&[
        ("migrations/1_a.sql", SQL),
        ("migrations/2_b.sql", "SELECT 1;\n"),
    ])
}

#[test]
fn several_formats_from_one_run() {
    let project = project();
    let plain = project.run(&["lint"]);
    let arguments = [
        "lint",
        "-o",
        "sarif=a.sarif",
        "-o",
        "junit=a.xml",
        "--output",
        "gitlab=a.json",
    ];
    let arguments = [&arguments[..], &["-o", "markdown=a.md", "-o", "text=a.txt"]].concat();
    assert_eq!(project.run(&arguments), plain, "the usual text stays");
    assert!(plain.contains(&project.read("a.txt")));

    let schema: Value = serde_json::from_str(include_str!("sarif.schema.json")).expect("JSON");
    let sarif: Value = serde_json::from_str(&project.read("a.sarif")).expect("JSON");
    validate(&schema, &schema, &sarif, "sarif");
    let run = &sarif["runs"][0];
    let results = run["results"].as_array().expect("a list");
    for result in results {
        let rule = &run["tool"]["driver"]["rules"]
            [result["ruleIndex"].as_u64().expect("an index") as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        let page = rule["help"]["markdown"].as_str().expect("a page");
        assert!(page.contains("Why is this bad?"), "{page}");
    }
    let of = |rule: &str| {
        results
            .iter()
            .find(|result| result["ruleId"] == rule)
            .expect("it is found")
    };
    let dropped = of("drop-table");
    assert_eq!(
        dropped["suppressions"][0]["justification"],
        "nobody reads it"
    );
    let index = of("create-index-not-concurrent");
    let region = &index["locations"][0]["physicalLocation"]["region"];
    assert_eq!(
        (&region["startLine"], &region["startColumn"]),
        (&3.into(), &10.into())
    );

    let gitlab: Value = serde_json::from_str(&project.read("a.json")).expect("JSON");
    let shown = results
        .iter()
        .filter(|result| result.get("suppressions").is_none());
    assert_eq!(gitlab.as_array().map(Vec::len), Some(shown.count()));
    let junit = project.read("a.xml");
    assert!(
        junit.contains("<testsuite name=\"migrations/1_a.sql\" tests=\"1\" failures=\"1\""),
        "{junit}"
    );
    assert!(
        junit.contains("<testsuite name=\"migrations/2_b.sql\" tests=\"1\" failures=\"0\""),
        "{junit}"
    );
    assert!(project.read("a.md").contains("#### `1_a.sql`"));
}

#[test]
fn fingerprints_survive_other_lines() {
    let project = project();
    let fingerprints = || {
        project.run(&["lint", "-o", "sarif=a.sarif"]);
        let sarif: Value = serde_json::from_str(&project.read("a.sarif")).expect("JSON");
        let results = sarif["runs"][0]["results"]
            .as_array()
            .expect("a list")
            .clone();
        let mut all: Vec<Value> = results
            .into_iter()
            .map(|result| result["partialFingerprints"].clone())
            .collect();
        all.sort_by_key(Value::to_string);
        all
    };
    let before = fingerprints();
    project.write(
        "migrations/1_a.sql",
        format!("\n-- Later.\n\n{}", SQL.replace(" ON ", "\n  ON ")),
    );
    assert_eq!(fingerprints(), before);
}

#[test]
fn what_cannot_be_written_is_said() {
    let project = project();
    let shown = project.run(&["lint", "-o", "sarif=no/such/folder/a.sarif"]);
    assert!(shown.starts_with("exit 2\n"), "{shown}");
    assert!(
        shown.contains("cannot write no/such/folder/a.sarif"),
        "{shown}"
    );
    let shown = project.run(&["lint", "-o", "a.sarif"]);
    assert!(
        shown.contains("write the format and the file, such as `sarif=rehearsal.sarif`"),
        "{shown}"
    );
    let shown = project.run(&["lint", "-o", "word=a.doc"]);
    assert!(shown.starts_with("exit 2\n"), "{shown}");
}
