//! Money in the type of that name.

use crate::{Check, Context, Finding, Step, declare_rule, rules::schema::columns};

declare_rule! {
    /// ## What it does
    /// Flags the type `money` for new columns.
    ///
    /// ## Why is this bad?
    /// Its currency and number of decimals are the server's `lc_monetary`: a dump that is restored elsewhere
    /// holds other amounts. It cannot hold fractions of a cent, and there is one currency for all rows.
    ///
    /// ```sql,bad
    /// CREATE TABLE orders (id bigint PRIMARY KEY, total money);
    /// ```
    ///
    /// ## Safer way
    /// Use `numeric` or a `bigint` of the smallest unit, with the currency in a column beside it.
    ///
    /// ```sql,good
    /// CREATE TABLE orders (id bigint PRIMARY KEY, total numeric(12, 2), currency text);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static MONEY_TYPE = {
        name: "money-type",
        group: Schema,
        summary: "an amount whose meaning depends on a setting",
        level: Warning,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    for (_, column) in columns::typed(context, step) {
        let data_type = &column.data_type;
        if data_type.name != "money" || data_type.schema.is_some() {
            continue;
        }
        let name = &column.name;
        let finding = Finding::new(
            &MONEY_TYPE,
            column.type_span,
            format!("what `{name}` is worth depends on the server's `lc_monetary`"),
        )
        .help("use `numeric`, with the currency in a column beside it");
        found.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use super::MONEY_TYPE;
    use crate::test_support::check;

    #[test]
    fn money() {
        check(
            &MONEY_TYPE,
            "
    CREATE TABLE orders (total money);
--                             ^^^^^ warning: what `total` is worth depends on the server's `lc_monetary`
    ALTER TABLE orders ADD COLUMN tax money;
--                                    ^^^^^ warning: what `tax` is worth depends on the server's `lc_monetary`
",
        );
    }

    #[test]
    fn others() {
        check(
            &MONEY_TYPE,
            "
    CREATE TABLE orders (total numeric(12, 2), money bigint);
",
        );
    }
}
