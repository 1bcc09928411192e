//! `rehearsal.toml`: the project's settings. Every key is documented in the file of this repository, and a test holds the two
//! together.

use std::{collections::BTreeMap, time::Duration};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use rehearsal_lints::{Level, Settings, SourceFile, layout::Layout, rules};
use serde::{Deserialize, Deserializer, de::Error as _};
use toml::Spanned;

use crate::{
    cli::Provider,
    failure::{did_you_mean, failure},
};

/// The documented default file.
pub(crate) const DEFAULT: &str = include_str!("../../rehearsal.toml");

/// The file's name.
pub(crate) const NAME: &str = "rehearsal.toml";

/// The whole file.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Config {
    /// The folder of the migrations, relative to the file.
    pub(crate) migrations: String,
    /// Whose migrations these are; what their names and texts tell, where it is not said.
    #[serde(deserialize_with = "layout")]
    pub(crate) layout: Option<Layout>,
    /// The schema snapshot, relative to the file.
    pub(crate) snapshot: String,
    /// Migrations up to this version are not judged.
    #[serde(deserialize_with = "version")]
    pub(crate) baseline: Option<String>,
    pub(crate) lint: Lint,
    levels: BTreeMap<Spanned<String>, Spanned<String>>,
    pub(crate) postgres: Postgres,
    pub(crate) rehearsal: Rehearsal,
}

/// `[lint]`.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Lint {
    #[serde(deserialize_with = "duration")]
    pub(crate) max_lock_timeout: Duration,
    /// The extensions that `extension-unlisted` accepts.
    pub(crate) extensions: Vec<String>,
    /// By kind, the pattern of names that `naming` accepts.
    pub(crate) naming: BTreeMap<String, String>,
}

/// `[postgres]`.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Postgres {
    #[serde(deserialize_with = "major")]
    pub(crate) major: u16,
    #[serde(deserialize_with = "provider")]
    pub(crate) provider: Provider,
    pub(crate) image: Option<String>,
    pub(crate) server_url_env: String,
    pub(crate) offline: bool,
    #[serde(deserialize_with = "duration")]
    pub(crate) statement_timeout: Duration,
}

/// `[rehearsal]`.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Rehearsal {
    /// Rows to generate for an empty table.
    #[serde(deserialize_with = "rows")]
    pub(crate) rows: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            migrations: "migrations".to_owned(),
            layout: None,
            snapshot: "tests/snapshots/schema.snap".to_owned(),
            baseline: None,
            lint: Lint::default(),
            levels: BTreeMap::new(),
            postgres: Postgres::default(),
            rehearsal: Rehearsal::default(),
        }
    }
}

impl Default for Lint {
    fn default() -> Self {
        Self {
            max_lock_timeout: Duration::from_secs(10),
            extensions: Vec::new(),
            naming: BTreeMap::new(),
        }
    }
}

impl Default for Postgres {
    fn default() -> Self {
        Self {
            major: 17,
            provider: Provider::Auto,
            image: None,
            server_url_env: "REHEARSAL_SERVER_URL".to_owned(),
            offline: false,
            statement_timeout: Duration::from_secs(60),
        }
    }
}

impl Default for Rehearsal {
    fn default() -> Self {
        Self { rows: 10 }
    }
}

impl Config {
    /// Reads the text of a settings file that messages call `name`.
    ///
    /// # Errors
    /// With line and column, when it is no TOML, has an unknown key, rule or level, or a value out of range.
    pub(crate) fn parse(text: &str, name: &str) -> anyhow::Result<Self> {
        let source = SourceFile::new(name, text);
        let at = |offset: usize| format!("{name}:{}", source.position(offset));
        let config: Self = toml::from_str(text).map_err(|error| {
            let place = at(error.span().map_or(0, |span| span.start));
            let known = known_keys(error.message());
            let help = match error.message().strip_prefix("unknown field `") {
                Some(rest) => {
                    let key = rest.split('`').next().unwrap_or_default();
                    did_you_mean(key, known, "`cargo xtask config` prints every key")
                }
                None => "`cargo xtask config` prints every key with its default".to_owned(),
            };
            let message = match error.message().split_once(", expected one of") {
                Some((unknown, _)) if unknown.starts_with("unknown field") => {
                    unknown.replace("field", "key")
                }
                _ => error.message().to_owned(),
            };
            failure(format!("{place}: {message}"), help)
        })?;
        for (rule, level) in &config.levels {
            if rules::find(rule.get_ref()).is_none() {
                let names = rules::RULES.iter().map(|rule| rule.name);
                return Err(failure(
                    format!(
                        "{}: no rule is called `{}`",
                        at(rule.span().start),
                        rule.get_ref()
                    ),
                    did_you_mean(rule.get_ref(), names, "`cargo xtask rules` lists them"),
                ));
            }
            if Level::parse(level.get_ref()).is_none() {
                return Err(failure(
                    format!(
                        "{}: `{}` is no level",
                        at(level.span().start),
                        level.get_ref()
                    ),
                    "write \"error\", \"warning\" or \"off\"",
                ));
            }
        }
        Ok(config)
    }

    /// What the linter is told, but for the baseline, which only a set of migrations can place.
    pub(crate) fn lint_settings(&self) -> Settings {
        Settings {
            levels: self
                .levels
                .iter()
                .filter_map(|(rule, level)| {
                    Some((rule.get_ref().clone(), Level::parse(level.get_ref())?))
                })
                .collect(),
            baseline: None,
            postgres: self.postgres.major,
            max_lock_timeout_ms: u64::try_from(self.lint.max_lock_timeout.as_millis())
                .unwrap_or(u64::MAX),
            extensions: self.lint.extensions.iter().cloned().collect(),
            naming: self.lint.naming.clone(),
        }
    }
}

/// The keys that serde's message lists: ``unknown field `x`, expected one of `a`, `b` ``.
fn known_keys(message: &str) -> impl Iterator<Item = &str> {
    let expected = message
        .split_once(", expected")
        .map_or("", |(_, keys)| keys);
    expected.split('`').skip(1).step_by(2)
}

/// Reads a major version.
///
/// # Errors
/// When it is none that Rehearsal works with.
pub(crate) fn parse_major(text: &str) -> Result<u16, String> {
    match text.parse() {
        Ok(major @ 13..=18) => Ok(major),
        _ => Err("Rehearsal works with PostgreSQL 13 to 18".to_owned()),
    }
}

fn major<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    parse_major(&i64::deserialize(deserializer)?.to_string()).map_err(D::Error::custom)
}

/// The names of layouts, as values of an option.
pub(crate) fn layouts() -> impl TypedValueParser<Value = Layout> {
    PossibleValuesParser::new(Layout::ALL.map(Layout::name)).try_map(|name| {
        let named = Layout::ALL.into_iter().find(|layout| layout.name() == name);
        named.ok_or("no such runner")
    })
}

fn layout<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Layout>, D::Error> {
    const AUTO: &str = "auto";
    let name = String::deserialize(deserializer)?;
    let named = Layout::ALL.into_iter().find(|layout| layout.name() == name);
    if named.is_none() && name != AUTO {
        let known = Layout::ALL.map(Layout::name).join(", ");
        return Err(D::Error::custom(format!(
            "`{name}` is no runner: {AUTO}, {known}"
        )));
    }
    Ok(named)
}

/// A version as files spell it: a number, or a text such as `1.27`.
fn version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(
        untagged,
        expecting = "a version is a number, or a text such as \"1.27\""
    )]
    enum Version {
        Number(i64),
        Text(String),
    }
    Ok(Some(match Version::deserialize(deserializer)? {
        Version::Number(number) => number.to_string(),
        Version::Text(text) => text,
    }))
}

fn provider<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Provider, D::Error> {
    let name = String::deserialize(deserializer)?;
    clap::ValueEnum::from_str(&name, false).map_err(|_| {
        D::Error::custom(format!(
            "`{name}` is no provider: auto, container, local, download or server"
        ))
    })
}

fn rows<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    const MOST: u32 = 1_000;
    let rows = u32::deserialize(deserializer)?;
    if rows > MOST {
        return Err(D::Error::custom(format!(
            "`{rows}` is too many: at most {MOST} rows show what a second run does"
        )));
    }
    Ok(rows)
}

fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_duration(&text).ok_or_else(|| {
        D::Error::custom(format!(
            "`{text}` is no duration: write a number above 0 and `ms`, `s` or `min`, such as \"10s\", \
             at most 24 days"
        ))
    })
}

fn parse_duration(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let number: u64 = text[..digits].parse().ok().filter(|&number| number > 0)?;
    let milliseconds = match text[digits..].trim_start() {
        "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        _ => return None,
    };
    let milliseconds = number.checked_mul(milliseconds)?;
    // Postgres keeps timeouts in 32 bits.
    (milliseconds <= 24 * 24 * 60 * 60_000).then(|| Duration::from_millis(milliseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        let error = Config::parse(text, "rehearsal.toml").expect_err("it is broken");
        crate::failure::describe(&error, false)
    }

    /// The default file with its examples switched on.
    fn switched_on() -> String {
        DEFAULT
            .lines()
            .map(|line| match line.strip_prefix('#') {
                Some(setting) if !setting.starts_with(' ') => setting,
                _ => line,
            })
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn the_default_file_is_the_default() {
        let config = Config::parse(DEFAULT, NAME).expect("it is valid");
        assert_eq!(config, Config::default());
    }

    #[test]
    fn the_examples_of_the_default_file_state_the_defaults() {
        let mut config: Config = toml::from_str(&switched_on()).expect("its examples are valid");
        assert_eq!(config.levels.len(), 1);
        let baseline = config.baseline.take();
        assert_eq!(baseline.as_deref(), Some("20260101000000"));
        assert_eq!(config.postgres.image.take().as_deref(), Some("postgres:17"));
        config.levels.clear();
        assert_eq!(config, Config::default());
    }

    #[test]
    fn the_default_file_mentions_every_key() {
        let text = switched_on();
        for table in ["", "[lint]\n", "[postgres]\n", "[rehearsal]\n"] {
            let broken = format!("{table}no-such-key = 1");
            let error = toml::from_str::<Config>(&broken).expect_err("the key is unknown");
            let keys: Vec<_> = known_keys(error.message()).collect();
            assert!(!keys.is_empty(), "{}", error.message());
            for key in keys {
                let set = format!("\n{key} = ");
                let table = format!("\n[{key}]\n");
                assert!(text.contains(&set) || text.contains(&table), "{key}");
            }
        }
    }

    #[test]
    fn an_unknown_key_gets_the_nearest() {
        assert_eq!(
            error("\n[postgres]\n  majr = 17\n"),
            "error: rehearsal.toml:3:3: unknown key `majr`\nhelp: did you mean `major`?\n"
        );
    }

    #[test]
    fn a_rule_that_does_not_exist_is_refused() {
        let error = error("[levels]\nno-such-rule-at-all = \"off\"\n");
        assert!(
            error.starts_with("error: rehearsal.toml:2:1: no rule is called `no-such-rule-at-all`"),
            "{error}"
        );
    }

    #[test]
    fn a_value_out_of_range_is_refused_at_its_place() {
        for (text, start) in [
            (
                "[postgres]\nmajor = 12",
                "error: rehearsal.toml:2:9: Rehearsal works with",
            ),
            (
                "[postgres]\nprovider = \"docker\"",
                "error: rehearsal.toml:2:12: `docker` is no",
            ),
            (
                "[lint]\nmax-lock-timeout = \"0s\"",
                "error: rehearsal.toml:2:20: `0s` is no duration",
            ),
            (
                "layout = \"alembic\"",
                "error: rehearsal.toml:1:10: `alembic` is no runner: auto, sqlx, ",
            ),
            ("baseline = 1.5", "error: rehearsal.toml:1:12: a version is"),
            ("migrations = 1", "error: rehearsal.toml:1:14: invalid type"),
            ("migrations", "error: rehearsal.toml:1:"),
        ] {
            let error = error(text);
            assert!(error.starts_with(start), "{error}");
        }
    }
}
