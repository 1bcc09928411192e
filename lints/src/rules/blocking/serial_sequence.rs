//! The sequence of a `serial` column that gets a longer type.

use crate::{
    Context,
    action::{Action, TypeName},
    catalog::sequence_name,
    name::{Ident, ObjectName, quoted},
};

/// What a change of the column's type leaves behind: the sequence keeps the type that `serial` gave it, unless the migration
/// gives it another.
pub(super) fn note(
    context: &Context<'_>,
    table: &ObjectName,
    column: &Ident,
    data_type: &TypeName,
) -> Option<String> {
    let known = context.catalog.column(table, column)?;
    let (old, most) = match (known.data_type.behind_serial()?, data_type.name.as_str()) {
        ("smallint", "integer" | "bigint") => ("smallint", "32767"),
        ("integer", "bigint") => ("integer", "2147483647"),
        _ => return None,
    };
    let source = &context.migration.up;
    let is_said = context.outline.swaps.altered_sequences().iter().any(|&at| {
        let step = context.migration.steps.get(at);
        let altered = step.filter(|step| matches!(step.action, Action::AlterObject(_)));
        altered.is_some_and(|step| {
            let text = source.slice(step.span).to_ascii_lowercase();
            text.split_whitespace().any(|word| word == "as")
        })
    });
    let sequence = quoted(&sequence_name(table.name(), &column.value));
    (!is_said).then(|| {
        format!(
            "the sequence stays `{old}`, and each `INSERT` fails after {most}: `ALTER SEQUENCE {sequence} AS {data_type}`"
        )
    })
}
