//! `CREATE TYPE` and `CREATE DOMAIN`.

use crate::{
    action::CreateDetail,
    lower::{
        cursor::{Cursor, find_word, literal},
        parsed::types,
    },
};

/// Reads what stands behind the name of `CREATE TYPE`: only enums have something to say.
pub(super) fn type_detail(cursor: &mut Cursor<'_>) -> Result<CreateDetail, String> {
    if !cursor.eat(&["as", "enum"]) {
        return Ok(CreateDetail::None);
    }
    let problem = cursor.expected("the labels");
    let labels = cursor.group().ok_or(problem)?;
    Ok(CreateDetail::Enum {
        labels: labels
            .iter()
            .filter_map(|token| literal(&token.token))
            .map(str::to_owned)
            .collect(),
    })
}

/// Reads what stands behind the name of `CREATE DOMAIN`.
pub(super) fn domain_detail(cursor: &mut Cursor<'_>) -> Result<CreateDetail, String> {
    cursor.eat(&["as"]);
    let base = types::read(cursor)?;
    Ok(CreateDetail::Domain {
        base,
        constrained: find_word(cursor.rest(), &["not", "check"]).is_some(),
    })
}
