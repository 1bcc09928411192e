//! Points in time that are rounded.

use crate::{Check, Context, Finding, Step, declare_rule, rules::schema::columns};

declare_rule! {
    /// ## What it does
    /// Flags `timestamp(n)` and `timestamptz(n)` with n below 6 for new columns. Off unless it is switched on.
    ///
    /// ## Why is this bad?
    /// Values are rounded, not cut: a row may be stored with a time that is yet to come, so that `WHERE at <=
    /// now()` misses it. It saves no space.
    ///
    /// ```sql,bad
    /// CREATE TABLE logins (id bigint PRIMARY KEY, at timestamptz(0));
    /// ```
    ///
    /// ## Safer way
    /// Keep all six digits, and cut with `date_trunc` where they are shown.
    ///
    /// ```sql,good
    /// CREATE TABLE logins (id bigint PRIMARY KEY, at timestamptz);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static TIMESTAMP_WITH_PRECISION = {
        name: "timestamp-with-precision",
        group: Schema,
        summary: "a precision that rounds points in time, also into the future",
        level: Off,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    for (_, column) in columns::typed(context, step) {
        let data_type = &column.data_type;
        if !data_type.name.starts_with("timestamp")
            || data_type
                .modifiers
                .first()
                .is_none_or(|&digits| digits >= 6)
        {
            continue;
        }
        let name = &column.name;
        let finding = Finding::new(
            &TIMESTAMP_WITH_PRECISION,
            column.type_span,
            format!("`{name}` is rounded, also to times that are yet to come"),
        )
        .help("leave the precision out");
        found.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use super::TIMESTAMP_WITH_PRECISION;
    use crate::{finding::Level, settings::Settings, test_support::check_with};

    #[test]
    fn switched_on() {
        let settings = Settings {
            levels: [(TIMESTAMP_WITH_PRECISION.name.to_owned(), Level::Warning)].into(),
            ..Settings::default()
        };
        check_with(
            &TIMESTAMP_WITH_PRECISION,
            &settings,
            "
    CREATE TABLE logins (a timestamptz(0), b timestamp(3), c timestamptz(6), d timestamptz, e time(0));
--                         ^^^^^^^^^^^^^^ warning: `a` is rounded, also to times that are yet to come
--                                           ^^^^^^^^^^^^ warning: `b` is rounded, also to times that are yet to come
",
        );
    }
}
