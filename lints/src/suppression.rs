//! `-- rehearsal: allow(drop-column): reason`: switches a rule off for the statement below, and says why.
