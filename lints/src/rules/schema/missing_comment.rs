//! A table that nobody explains.

use crate::{Check, Context, Finding, action::Action, declare_rule};

declare_rule! {
    /// ## What it does
    /// Flags a new table that has no `COMMENT ON TABLE` in the same migration. Off unless it is switched on.
    ///
    /// ## Why is this bad?
    /// The one who wrote it knows what a row stands for. The catalog is where the next one looks.
    ///
    /// ```sql,bad
    /// CREATE TABLE users (id bigint PRIMARY KEY);
    /// ```
    ///
    /// ## Safer way
    /// Say what a row stands for.
    ///
    /// ```sql,good
    /// CREATE TABLE users (id bigint PRIMARY KEY);
    /// COMMENT ON TABLE users IS 'one row for each person who may log in';
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static MISSING_COMMENT = {
        name: "missing-comment",
        group: Schema,
        summary: "a new table without a comment",
        level: Off,
        since: "0.1.0",
        check: Check::Migration(check),
    }
}

fn check(context: &Context<'_>, found: &mut Vec<Finding>) {
    let steps = &context.migration.steps;
    for step in steps {
        let Action::CreateTable(create) = &step.action else {
            continue;
        };
        let table = &create.name;
        let stays = context.catalog.is_new(table) && !create.persistence.is_temporary();
        if context.outline.is_commented(table) || !stays || create.partition_of.is_some() {
            continue;
        }
        found.push(
            Finding::new(
                &MISSING_COMMENT,
                table.ident.span,
                format!("nothing says what a row of `{table}` stands for"),
            )
            .help(format!("`COMMENT ON TABLE {table} IS '…'`")),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::MISSING_COMMENT;
    use crate::{finding::Level, settings::Settings, test_support::check_with};

    #[test]
    fn switched_on() {
        let settings = Settings {
            levels: [(MISSING_COMMENT.name.to_owned(), Level::Warning)].into(),
            ..Settings::default()
        };
        check_with(
            &MISSING_COMMENT,
            &settings,
            "
    CREATE TABLE users (id bigint PRIMARY KEY);
--               ^^^^^ warning: nothing says what a row of `users` stands for
    CREATE TABLE app.teams (id bigint PRIMARY KEY);
    COMMENT ON TABLE app.teams IS 'who works together';
    COMMENT ON COLUMN users.id IS 'a number';
",
        );
    }
}
