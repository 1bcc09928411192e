//! Will it serve in five years?

mod columns;
pub(super) mod duplicate_constraint;
pub(super) mod duplicate_index;
pub(super) mod float_for_money;
pub(super) mod identifier_too_long;
mod immutability;
mod indexes;
pub(super) mod missing_comment;
pub(super) mod missing_primary_key;
pub(super) mod mixed_case_identifier;
pub(super) mod money_type;
mod names;
pub(super) mod naming;
pub(super) mod non_immutable_index;
pub(super) mod prefer_bigint_key;
pub(super) mod prefer_identity;
pub(super) mod prefer_jsonb;
pub(super) mod prefer_text;
pub(super) mod prefer_timestamptz;
pub(super) mod redundant_index;
pub(super) mod reserved_word_identifier;
pub(super) mod timestamp_with_precision;
pub(super) mod too_many_index_columns;
pub(super) mod unqualified_name;
