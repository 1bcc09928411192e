//! Does it open a door?

pub(super) mod alter_system;
pub(super) mod bypassrls_role;
pub(super) mod copy_file;
pub(super) mod copy_program;
pub(super) mod dblink_or_fdw_credentials;
pub(super) mod extension_unlisted;
pub(super) mod grant_all;
pub(super) mod grant_to_public;
pub(super) mod policy_always_true;
pub(super) mod policy_without_row_security;
mod role;
pub(super) mod role_with_password;
pub(super) mod row_security_disabled;
pub(super) mod security_definer_without_search_path;
pub(super) mod superuser_role;
pub(super) mod untrusted_language;
