//! A trigger or rule stops.

use crate::{
    Check, Context, Finding, Step,
    action::{Action, AlterClause},
    declare_rule,
    outline::Property,
};

declare_rule! {
    /// ## What it does
    /// Flags `DISABLE TRIGGER` and `DISABLE RULE` on an existing table that the migration does not enable
    /// again.
    ///
    /// ## Why is this bad?
    /// What the trigger did (audit, derived columns, foreign keys with `ALL`) no longer happens, for any
    /// writer, and nothing says so. Rows written meanwhile are never made up for when it is enabled again.
    ///
    /// ```sql,bad
    /// -- file: 1_before.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text);
    /// CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    /// CREATE TRIGGER users_audit BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION audit();
    /// -- file: 2_change.up.sql
    /// ALTER TABLE users DISABLE TRIGGER users_audit;
    /// ```
    ///
    /// ## Safer way
    /// Enable it again in the same migration, if it only stands in the way of a backfill. To be rid of it,
    /// drop it.
    ///
    /// ```sql,good
    /// -- file: 1_before.up.sql
    /// CREATE TABLE users (id bigint PRIMARY KEY, name text);
    /// CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    /// CREATE TRIGGER users_audit BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION audit();
    /// -- file: 2_change.up.sql
    /// ALTER TABLE users DISABLE TRIGGER users_audit;
    /// UPDATE users SET name = '' WHERE name IS NULL;
    /// ALTER TABLE users ENABLE TRIGGER users_audit;
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static DISABLE_TRIGGER = {
        name: "disable-trigger",
        group: Compatibility,
        summary: "a trigger or rule that no longer fires",
        level: Warning,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    let Action::AlterTable(alter) = &step.action else {
        return;
    };
    let AlterClause::ToggleTrigger {
        enable: false,
        rule,
        name,
    } = &alter.clause
    else {
        return;
    };
    let table = &alter.table;
    let again = [name.value.as_str(), "all"].iter().any(|on| {
        context
            .outline
            .is_given_after(context.index, table, Property::Trigger, on)
    });
    if again || !context.is_shared(table) {
        return;
    }
    let what = match (*rule, name.value.as_str()) {
        (true, _) => format!("rule `{name}` of `{table}` no longer applies"),
        (_, "all") => format!("no trigger of `{table}` fires any more, foreign keys included"),
        (_, "user") => format!("no trigger of `{table}` fires any more"),
        _ => format!("trigger `{name}` of `{table}` no longer fires"),
    };
    found.push(
        Finding::new(
            &DISABLE_TRIGGER,
            step.span,
            format!("{what}, for any writer"),
        )
        .label("not enabled again in this file")
        .help("enable it again in the same migration, or drop it"),
    );
}

#[cfg(test)]
mod tests {
    use super::DISABLE_TRIGGER;
    use crate::test_support::check;

    #[test]
    fn disabled_for_good() {
        check(
            &DISABLE_TRIGGER,
            "
    ALTER TABLE users DISABLE TRIGGER audit;
--                    ^^^^^^^^^^^^^^^^^^^^^ warning: trigger `audit` of `users` no longer fires, for any writer
    ALTER TABLE users DISABLE TRIGGER ALL;
--                    ^^^^^^^^^^^^^^^^^^^ warning: no trigger of `users` fires any more, foreign keys included, for any writer
    ALTER TABLE users DISABLE RULE r;
--                    ^^^^^^^^^^^^^^ warning: rule `r` of `users` no longer applies, for any writer
",
        );
    }

    #[test]
    fn enabled_again_or_new() {
        check(
            &DISABLE_TRIGGER,
            "
    ALTER TABLE users DISABLE TRIGGER audit;
    ALTER TABLE users ENABLE TRIGGER audit;
    ALTER TABLE users ENABLE REPLICA TRIGGER audit;
    CREATE TABLE teams (id bigint);
    ALTER TABLE teams DISABLE TRIGGER USER;
",
        );
    }
}
