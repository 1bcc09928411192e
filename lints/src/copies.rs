//! Bounds what is remembered for a rollback.

/// How many more objects, columns and constraints may be copied for the savepoints and transactions of one migration.
///
/// Each of them remembers all that is known, so that thousands of savepoints in a file of thousands of tables would take
/// gigabytes. A file beyond the bound is judged as if the rollbacks to what was not remembered were not there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Copies(usize);

impl Default for Copies {
    fn default() -> Self {
        Self(250_000)
    }
}

impl Copies {
    /// Whether that many objects may be copied; they then count.
    pub(crate) fn take(&mut self, objects: usize) -> bool {
        let left = self.0.checked_sub(objects + 1);
        self.0 = left.unwrap_or(self.0);
        left.is_some()
    }
}
