//! `schema-nondeterministic`, found by the harness.

use crate::{declare_rule, rule::Check};

declare_rule! {
    /// ## What it does
    /// Reports a set of migrations that was run on two empty databases and left two different schemas.
    ///
    /// ## Why is this bad?
    /// What was reviewed and tested is then not what production gets. It happens where names or definitions come from
    /// `random()`, the clock, the order of a query without `ORDER BY`, or the server's own state.
    ///
    /// ```sql,bad
    /// DO $$ BEGIN EXECUTE format('CREATE TABLE part_%s (id bigint)', to_char(now(), 'YYYYMMDDHH24MISSUS')); END $$;
    /// ```
    ///
    /// ## Safer way
    /// Write names and definitions out.
    ///
    /// ```sql,good
    /// CREATE TABLE IF NOT EXISTS part_2026_01 (id bigint);
    /// ```
    ///
    /// ## PostgreSQL versions
    /// All.
    pub static SCHEMA_NONDETERMINISTIC = {
        name: "schema-nondeterministic",
        group: Observed,
        summary: "two fresh runs that end in different schemas",
        level: Error,
        since: "0.1.0",
        check: Check::Observed,
    }
}
