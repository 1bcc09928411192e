//! The JSON report is what `docs/report.schema.json` promises.

use serde_json::Value;

use crate::support::Project;

const DIFF: &str = include_str!("../../../docs/diff.schema.json");

/// Reads only the keywords that the schema uses, and refuses to pass over others.
#[track_caller]
pub(crate) fn validate(root: &Value, schema: &Value, value: &Value, at: &str) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    for (keyword, rule) in schema.as_object().expect("a schema is an object") {
        match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" => {}
            "type" => {
                let allowed =
                    |name: &Value| name == kind || (name == "number" && kind == "integer");
                let fits = rule
                    .as_array()
                    .map_or(allowed(rule), |names| names.iter().any(allowed));
                assert!(fits, "{at}: {kind} is not {rule}");
            }
            "const" => assert_eq!(value, rule, "{at}"),
            "enum" => assert!(
                rule.as_array().expect("a list").contains(value),
                "{at}: {value}"
            ),
            "minimum" => assert!(value.as_f64() >= rule.as_f64(), "{at}: {value}"),
            "$ref" => {
                let path = rule.as_str().expect("a path");
                if path == "diff.schema.json" {
                    let other: Value = serde_json::from_str(DIFF).expect("the schema is JSON");
                    validate(&other, &other, value, at);
                    continue;
                }
                let path = path.trim_start_matches('#');
                validate(root, root.pointer(path).expect("it is defined"), value, at);
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    validate(root, rule, item, &format!("{at}[{index}]"));
                }
            }
            "required" => {
                for key in rule.as_array().expect("a list") {
                    let key = key.as_str().expect("a name");
                    assert!(kind == "null" || value.get(key).is_some(), "{at}: no {key}");
                }
            }
            "properties" => {
                for (key, item) in value.as_object().into_iter().flatten() {
                    let rule = rule.get(key);
                    let rule = rule.unwrap_or_else(|| panic!("{at}: {key} is not described"));
                    validate(root, rule, item, &format!("{at}.{key}"));
                }
            }
            "additionalProperties" => assert_eq!(rule, &Value::Bool(false)),
            other => panic!("{at}: this test does not know {other}"),
        }
    }
}

/// Checks a report against the schema, and gives it back.
#[track_caller]
pub(crate) fn validated(output: &[u8]) -> Value {
    valid(output, include_str!("../../../docs/report.schema.json"))
}

/// Checks an object against a schema, and gives it back.
#[track_caller]
pub(crate) fn valid(output: &[u8], schema: &str) -> Value {
    let schema: Value = serde_json::from_str(schema).expect("the schema is JSON");
    let object: Value = serde_json::from_slice(output).expect("the output is JSON");
    validate(&schema, &schema, &object, "object");
    object
}

#[test]
fn lint_keeps_the_promise() {
    let sql = "-- é\nDROP TABLE users;\nNO SUCH THING;\n";
    let project = Project::new(&[("migrations/1_a.sql", sql)]);
    let output = project
        .command(&["lint", "--format", "json"])
        .output()
        .expect("the program starts");
    let report = validated(&output.stdout);
    assert_eq!(report["summary"]["migrations"], 1);
    assert_eq!(report["summary"]["statements"], 2);
    let findings = report["findings"].as_array().expect("a list");
    let dropped = findings
        .iter()
        .find(|finding| finding["rule"] == "drop-table");
    let dropped = dropped.expect("it is found");
    assert_eq!(dropped["line"], 2);
    assert_eq!(dropped["statement"], "DROP TABLE users");
}

#[test]
fn a_report_since_a_base_holds_the_difference() {
    let project = Project::new(&[(
        "migrations/1_a.sql",
        "CREATE TABLE users (id bigint PRIMARY KEY, note text);\n",
    )]);
    project.git(&["init", "--quiet"]);
    project.git(&["add", "migrations"]);
    project.git(&["commit", "--quiet", "--message=x"]);
    let printed = |arguments: &[&str]| {
        let arguments = [arguments, &["--format", "json"]].concat();
        let mut command = project.command(&arguments);
        command.output().expect("the program starts").stdout
    };
    assert_eq!(validated(&printed(&["check"])).get("diff"), None);
    project.write(
        "migrations/2_b.sql",
        "ALTER TABLE users DROP COLUMN note;\n",
    );
    let report = validated(&printed(&["check", "--base", "HEAD"]));
    assert_eq!(report["diff"]["summary"]["breaking"], 1);
    assert_eq!(
        report["diff"],
        valid(&printed(&["diff", "--base", "HEAD"]), DIFF)
    );
}

#[test]
fn nothing_found_is_a_report_too() {
    let project = Project::new(&[("migrations/1_a.sql", "SELECT 1;\n")]);
    let output = project
        .command(&["lint", "--format", "json"])
        .output()
        .expect("the program starts");
    assert_eq!(validated(&output.stdout)["postgres"], Value::Null);
}
