//! Money as a binary fraction.

use crate::{Check, Context, Finding, Step, declare_rule, rules::schema::columns};

declare_rule! {
    /// ## What it does
    /// Flags `real` and `double precision` for new columns whose name speaks of money: `price`, `amount`,
    /// `cost`, `total`, `balance`, `fee`, `tax`, `salary`, `discount`. Off unless it is switched on.
    ///
    /// ## Why is this bad?
    /// 0.1 has no exact binary form: sums are off by cents, and depend on the order of the rows.
    ///
    /// ```sql,bad
    /// CREATE TABLE orders (id bigint PRIMARY KEY, price double precision);
    /// ```
    ///
    /// ## Safer way
    /// Use `numeric`, or a `bigint` of the smallest unit.
    ///
    /// ```sql,good
    /// CREATE TABLE orders (id bigint PRIMARY KEY, price numeric(12, 2), weight double precision);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub(crate) static FLOAT_FOR_MONEY = {
        name: "float-for-money",
        group: Schema,
        summary: "an amount of money that binary fractions cannot hold",
        level: Off,
        since: "0.1.0",
        check: Check::Step(check),
    }
}

fn check(context: &Context<'_>, step: &Step, found: &mut Vec<Finding>) {
    for (_, column) in columns::typed(context, step) {
        let data_type = &column.data_type;
        if !matches!(data_type.name.as_str(), "real" | "double precision")
            || !speaks_of_money(&column.name.value)
        {
            continue;
        }
        let name = &column.name;
        let finding = Finding::new(
            &FLOAT_FOR_MONEY,
            column.type_span,
            format!("`{name}` cannot hold most amounts exactly"),
        )
        .help("use `numeric`");
        found.push(finding);
    }
}

fn speaks_of_money(name: &str) -> bool {
    const WORDS: &[&str] = &[
        "amount", "balance", "cost", "discount", "fee", "price", "salary", "tax", "total",
    ];
    name.split('_')
        .any(|part| WORDS.contains(&part.trim_end_matches('s')) || WORDS.contains(&part))
}

#[cfg(test)]
mod tests {
    use super::FLOAT_FOR_MONEY;
    use crate::{finding::Level, settings::Settings, test_support::check_with};

    #[test]
    fn switched_on() {
        let settings = Settings {
            levels: [(FLOAT_FOR_MONEY.name.to_owned(), Level::Warning)].into(),
            ..Settings::default()
        };
        check_with(
            &FLOAT_FOR_MONEY,
            &settings,
            "
    CREATE TABLE orders (price real, total_costs float8, weight float8, pricey real, amount numeric);
--                             ^^^^ warning: `price` cannot hold most amounts exactly
--                                               ^^^^^^ warning: `total_costs` cannot hold most amounts exactly
",
        );
    }
}
