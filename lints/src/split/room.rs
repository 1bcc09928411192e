//! Where the files of a new migration come to lie among those that are there.

use super::{Draft, MOST_STEPS};
use crate::{
    fix::{NewFile, NewMigration},
    layout::{Layout, new_files, spelling},
    migration::{Migration, MigrationSet},
    rule::Context,
};

/// The files of new migrations, and the migrations that run between the current one and the last of them.
pub(super) struct Room<'a> {
    /// The files.
    pub files: Vec<NewFile>,
    /// The migrations.
    pub passed: &'a [Migration],
}

/// Whether it is known how a set's runner names a migration.
pub(crate) fn adds_files(set: &MigrationSet) -> bool {
    set.layout.is_some_and(|layout| layout != Layout::Plain)
}

/// Room behind the current migration. Where versions have parts that are set apart, the next one within its own is taken rather
/// than one behind another migration.
pub(super) fn behind<'a>(context: &Context<'a>, drafts: &[Draft]) -> Option<Room<'a>> {
    let layout = context.set.layout?;
    let [_, own, _] = spelling::parts(layout, &context.migration.up.path)?;
    let from = |first: Option<String>| {
        place(
            context,
            layout,
            free_from(context, layout, first, drafts.len())?,
            drafts,
        )
    };
    let counted = from(spelling::next(own));
    if layout != Layout::Flyway || counted.as_ref().is_some_and(|room| room.passed.is_empty()) {
        return counted;
    }
    from(spelling::first_within(own))
        .filter(|room| room.passed.is_empty())
        .or(counted)
}

/// The next free versions, from one on.
fn free_from(
    context: &Context<'_>,
    layout: Layout,
    first: Option<String>,
    count: usize,
) -> Option<Vec<String>> {
    let mut next = first;
    let mut versions = Vec::new();
    let mut taken = 0;
    while versions.len() < count {
        let version = next?;
        next = spelling::next(&version);
        if spelling::is_free(context.set, layout, &version) {
            versions.push(version);
        } else {
            taken += 1;
        }
        if taken > MOST_STEPS {
            return None;
        }
    }
    Some(versions)
}

/// The drafts' files, where their names sort behind the current migration, one behind the other.
fn place<'a>(
    context: &Context<'a>,
    layout: Layout,
    versions: Vec<String>,
    drafts: &[Draft],
) -> Option<Room<'a>> {
    let own = context.migration;
    let mut files = Vec::new();
    let mut ups = vec![own.up.path.clone()];
    for (version, draft) in versions.iter().zip(drafts) {
        let mut added = named(context, version, draft, own.version)?;
        ups.push(added.first()?.path.clone());
        files.append(&mut added);
    }
    let ranks: Option<Vec<_>> = ups
        .iter()
        .map(|path| spelling::rank(layout, path))
        .collect();
    let ranks = ranks.filter(|ranks| ranks.is_sorted_by(|a, b| a < b))?;
    let all = context.set.as_slice();
    let behind = &all[all.partition_point(|migration| migration.version <= own.version)..];
    // What has no version of its own runs behind all that have one.
    let runs_before = |migration: &&Migration| {
        spelling::rank(layout, &migration.up.path).is_some_and(|rank| Some(&rank) < ranks.last())
    };
    let passed = behind.iter().take_while(runs_before).count();
    Some(Room {
        files,
        passed: &behind[..passed],
    })
}

/// Room between the current migration and the one before it.
pub(super) fn before(context: &Context<'_>, draft: &Draft) -> Option<Vec<NewFile>> {
    let own = context.migration;
    let layout = context.set.layout?;
    let [_, version, _] = spelling::parts(layout, &own.up.path)?;
    let all = context.set.as_slice();
    let earlier = all.partition_point(|migration| migration.version < own.version);
    let previous = all[..earlier].last();
    let within = || {
        let [_, version, _] = spelling::parts(layout, &previous?.up.path)?;
        spelling::first_within(version).filter(|_| layout == Layout::Flyway)
    };
    let fits = |version: String| {
        let number = version.parse::<i64>().ok();
        let number = number.filter(|_| spelling::is_number(layout));
        let below = previous.map_or(i64::MIN, |migration| migration.version);
        let above = number.map_or(below, |number| number - 1);
        let files = named(context, &version, draft, above)?;
        let rank = spelling::rank(layout, &files.first()?.path)?;
        let is_before = rank < spelling::rank(layout, &own.up.path)?;
        let is_behind = match previous {
            Some(previous) => spelling::rank(layout, &previous.up.path)? < rank,
            None => true,
        };
        let judged = context
            .settings
            .baseline
            .is_none_or(|baseline| above >= baseline);
        let free = spelling::is_free(context.set, layout, &version);
        (is_before && is_behind && judged && free).then_some(files)
    };
    spelling::previous(version)
        .and_then(fits)
        .or_else(|| within().and_then(fits))
}

/// The files of a draft, named as that of the current migration is.
fn named(context: &Context<'_>, version: &str, draft: &Draft, above: i64) -> Option<Vec<NewFile>> {
    let files = new_files::files(context.set, &context.migration.up.path, version, draft)?;
    let files = files.into_iter().map(|(path, text)| NewFile {
        path,
        text,
        migration: Some(NewMigration {
            version: version.to_owned(),
            above,
        }),
    });
    Some(files.collect())
}
