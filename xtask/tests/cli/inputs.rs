//! Bad input gets one line that says what is wrong, and the way out.

use insta::assert_snapshot;

use crate::support::Project;

#[test]
fn no_migrations_folder() {
    assert_snapshot!(Project::new(&[]).run(&["lint"]));
}

#[test]
fn an_empty_folder() {
    let project = Project::new(&[("migrations/README.md", "")]);
    assert_snapshot!(project.run(&["check"]));
}

#[test]
fn a_folder_without_sql() {
    let project = Project::new(&[("notes/a.txt", "")]);
    assert_snapshot!(project.run(&["lint", "notes"]));
}

#[test]
fn a_file_that_does_not_exist() {
    assert_snapshot!(Project::new(&[]).run(&["lint", "no/such.sql"]));
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere() {
    let project = Project::new(&[("migrations/1_a.sql", "")]);
    std::os::unix::fs::symlink("gone", project.path().join("migrations/2_b.sql")).expect("a link");
    assert_snapshot!(project.run(&["lint"]));
}

#[test]
fn a_folder_with_the_name_of_a_file() {
    let project = Project::new(&[("migrations/1_a.sql/x", "")]);
    assert_snapshot!(project.run(&["lint"]));
}

#[test]
fn a_file_that_is_not_utf_8() {
    let project = Project::new(&[]);
    project.write("migrations/1_a.sql", b"SELECT 1;\n-- caf\xe9\n");
    assert_snapshot!(project.run(&["lint"]));
}

#[test]
fn a_version_that_is_no_number() {
    let project = Project::new(&[("migrations/1_a.sql", ""), ("migrations/x2_b.sql", "")]);
    assert_snapshot!(project.run(&["lint"]));
}

#[test]
fn two_files_with_one_version() {
    let project = Project::new(&[("migrations/1_a.sql", ""), ("migrations/01_b.sql", "")]);
    assert_snapshot!(project.run(&["lint"]));
}

#[test]
fn settings_that_are_no_toml() {
    let project = Project::new(&[("rehearsal.toml", "[lint\nx = 1\n")]);
    assert_snapshot!(project.run(&["rules"]));
}

#[test]
fn settings_that_are_not_there() {
    assert_snapshot!(Project::new(&[]).run(&["rules", "--config", "other.toml"]));
}

#[test]
fn an_unknown_rule_in_the_settings() {
    let project = Project::new(&[("rehearsal.toml", "[levels]\ndrop-colum = \"off\"\n")]);
    assert_snapshot!(project.run(&["rules"]));
}

#[test]
fn an_unknown_rule_to_explain() {
    assert_snapshot!(Project::new(&[]).run(&["explain", "drop-colum"]));
}

#[test]
fn options_that_do_not_exist() {
    let project = Project::new(&[]);
    let runs = [
        ["lint", "--provider", "docker"],
        ["check", "--pg", "12"],
        ["lint", "--format", "xml"],
        ["lint", "--since", "yesterday"],
    ];
    assert_snapshot!(runs.map(|arguments| project.run(&arguments)).join("\n"));
}

#[test]
fn empty_standard_input() {
    assert_snapshot!(Project::new(&[]).run_with(&["lint", "-"], b""));
}

#[test]
fn zero_bytes_and_escapes_do_not_reach_the_terminal() {
    let project = Project::new(&[("a\u{9b}2J.sql", "SELECT '\x1b[2J;\0\u{9b}2J")]);
    let shown = project.run(&["lint", "a\u{9b}2J.sql"]);
    assert!(!shown.contains(['\0', '\x1b', '\u{9b}']), "{shown:?}");
    assert!(shown.starts_with("exit "), "{shown}");
}

#[test]
fn what_nobody_can_read_is_named_by_its_place() {
    let open = [
        "SELECT '",
        "SELECT $$",
        "/* /* */",
        "SELECT \0",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1;",
        &"SELECT (".repeat(20_000),
    ];
    for (number, rest) in open.iter().enumerate() {
        let project = Project::new(&[("a.sql", &format!("DROP TABLE a;\n{rest}"))]);
        let shown = project.run(&["lint", "--format", "json", "a.sql"]);
        assert!(shown.starts_with("exit 1\n"), "{number}: {shown}");
        assert!(shown.contains("\"drop-table\""), "{number}: {shown}");
        assert!(
            shown.contains("\"statement-not-understood\""),
            "{number}: {shown}"
        );
        assert!(shown.contains("\"line\": 2"), "{number}: {shown}");
    }
}

#[test]
fn ten_thousand_files() {
    let project = Project::new(&[]);
    for version in 1..=10_000 {
        project.write(&format!("migrations/{version:05}_a.sql"), "SELECT 1;\n");
    }
    let shown = project.run(&["lint"]);
    assert!(
        shown.starts_with("exit 0\n"),
        "{}",
        &shown[..shown.len().min(500)]
    );
    assert!(shown.contains("10000 migrations"), "{shown}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_terminated_run_says_so_by_its_exit_status() {
    let project = Project::new(&[]);
    let mut child = project
        .command(&["lint", "-"])
        .stdin(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the program starts");
    // `wait` would close the input, and the program end by itself.
    let _open = child.stdin.take();
    // It waits for its input. A signal before it has its handler would end it at once, so wait until SIGTERM is caught.
    let pid = child.id().to_string();
    let catches = || {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
            .is_some_and(|mask| mask & (1 << 14) != 0)
    };
    while !catches() {
        assert!(
            child.try_wait().expect("it is a child").is_none(),
            "it ended by itself"
        );
        std::thread::yield_now();
    }
    let killed = std::process::Command::new("kill")
        .args(["-TERM", &pid])
        .status();
    assert!(killed.expect("kill runs").success());
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(143));
}

#[test]
fn ten_megabytes_in_one_line() {
    let project = Project::new(&[(
        "a.sql",
        &format!("SELECT '{}'; SELECT", "x".repeat(10 << 20)),
    )]);
    let shown = project.run(&["lint", "a.sql"]);
    assert!(
        shown.starts_with("exit "),
        "{}",
        &shown[..shown.len().min(500)]
    );
    assert!(shown.len() < 4_000, "{} bytes", shown.len());
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let project = Project::new(&[]);
    let mut child = project
        .command(&["rules"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(output.status.success(), "{}", output.status);
}
