//! What one clause takes from a table and another gives it.

/// A property of a table that one clause takes away and another gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Property {
    /// The default of a column.
    Default,
    /// A column's `NOT NULL`.
    NotNull,
    /// That a column may be null.
    Nullable,
    /// A column's identity.
    Identity,
    /// A constraint that has a name.
    Constraint,
    /// A column or attribute of that name, added or renamed to it.
    Column,
    /// A trigger or rule that fires.
    Trigger,
    /// Row security; it has no name.
    RowSecurity,
    /// An end to rows that nobody sees: another policy, no row security, no table. It has no name.
    Sight,
}
