//! Does the running version of the application break?

pub(super) mod add_column_required;
pub(super) mod disable_trigger;
pub(super) mod drop_policy_last;
pub(super) mod enable_row_level_security;
pub(super) mod missing_down;
pub(super) mod new_write_restriction;
mod old_name;
pub(super) mod rename_column;
pub(super) mod rename_object;
pub(super) mod rename_table;
pub(super) mod replace_function_signature;
pub(super) mod replace_view_columns;
pub(super) mod replica_identity;
pub(super) mod revoke_privilege;
pub(super) mod set_schema;
