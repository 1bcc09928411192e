//! A wide index.

use crate::{Check, Context, Finding, Step, action::Action, declare_rule};

declare_rule! {
    /// ## What it does
    /// Flags indexes of more than five keys. Off unless it is switched on.
    ///
    /// ## Why is this bad?
    /// A query uses the leading keys. The rest makes the index large, and each write to any of the columns has
    /// to write it, too.
    ///
    /// ```sql,bad
    /// -- file: 1_before.up.sql
    /// CREATE TABLE events (id bigint PRIMARY KEY, tenant bigint, at timestamptz, a int, b int, c int, d int, e int, f int);
    /// -- file: 2_change.up.sql
    /// CREATE INDEX events_idx ON events (a, b, c, d, e, f);
    /// ```
    ///
    /// ## Safer way
    /// Index what queries filter by. Columns that are only read belong into `INCLUDE`.
    ///
    /// ```sql,good
    /// -- file: 1_before.up.sql
    /// CREATE TABLE events (id bigint PRIMARY KEY, tenant bigint, at timestamptz, a int, b int, c int, d int, e int, f int);
    /// -- file: 2_change.up.sql
    /// CREATE INDEX events_idx ON events (a, b) INCLUDE (c, d, e, f);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All. Postgres takes 32 at most.
    pub(crate) static TOO_MANY_INDEX_COLUMNS = {
        name: "too-many-index-columns",
        group: Schema,
        summary: "an index over more columns than queries use",
        level: Off,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

const MOST: usize = 5;

fn check(_: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::CreateIndex(index) = &step.action else {
        return;
    };
    if index.keys.len() <= MOST {
        return;
    }
    found.push(
        Finding::new(
            &TOO_MANY_INDEX_COLUMNS,
            step.span,
            format!(
                "{} keys: a query uses the leading ones, and each write pays for all",
                index.keys.len()
            ),
        )
        .help("index what queries filter by, and put what they only read into `INCLUDE`"),
    );
}

#[cfg(test)]
mod tests {
    use super::TOO_MANY_INDEX_COLUMNS;
    use crate::{finding::Level, settings::Settings, test_support::check_with};

    #[test]
    fn switched_on() {
        let settings = Settings {
            levels: [(TOO_MANY_INDEX_COLUMNS.name.to_owned(), Level::Warning)].into(),
            ..Settings::default()
        };
        check_with(
            &TOO_MANY_INDEX_COLUMNS,
            &settings,
            "
    CREATE INDEX a ON t (a, b, c, d, e, lower(f));
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: 6 keys: a query uses the leading ones, and each write pays for all
    CREATE INDEX b ON t (a, b, c, d, e) INCLUDE (f, g);
",
        );
    }
}
