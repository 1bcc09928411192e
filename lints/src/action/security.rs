//! Who may do what: routines' rights, policies, roles, privileges.

use crate::{action::ObjectKind, name::ObjectName, source::Span};

/// With whose rights and by which `search_path` a routine runs, as `CREATE` and `ALTER` of it say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoutineSecurity {
    /// `SECURITY DEFINER`.
    pub definer: bool,
    /// `SECURITY INVOKER`, written.
    pub invoker: bool,
    /// `SET search_path`.
    pub sets_search_path: bool,
}

/// What rules ask of a row security policy.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// `AS RESTRICTIVE`.
    pub restrictive: bool,
    /// The roles behind `TO`; empty for everybody.
    pub roles: Vec<String>,
    /// The clause that lets every row through: `USING (true)`, `WITH CHECK (true)`.
    pub always_true: Option<Span>,
}

/// The options of `CREATE ROLE` and `ALTER ROLE` that give power away.
#[derive(Clone, Copy, Debug, Default)]
pub struct RoleOptions {
    /// `SUPERUSER`.
    pub superuser: Option<Span>,
    /// `BYPASSRLS`.
    pub bypass_rls: Option<Span>,
    /// `PASSWORD '…'`, not `NULL`.
    pub password: Option<Span>,
}

/// `GRANT` and `REVOKE`.
#[derive(Clone, Debug, Default)]
pub struct Grant {
    /// `REVOKE`.
    pub revoke: bool,
    /// The privileges in lower case; `all` for all of them. Of a membership, the roles.
    pub privileges: Vec<String>,
    /// What they are on; none for a membership in a role.
    pub kind: Option<ObjectKind>,
    /// The objects; empty for `ALL … IN SCHEMA` and for default privileges.
    pub objects: Vec<ObjectName>,
    /// Who gets or loses them, `public` for everybody.
    pub grantees: Vec<String>,
    /// `ALTER DEFAULT PRIVILEGES`: of objects that are yet to be created.
    pub default: bool,
}
