//! The tables and foreign keys as an SVG, from left to right: what is referred to stands before what refers to it.

use std::collections::BTreeSet;

use maud::{Markup, html};
use rust_sugiyama::{configure::Config, from_vertices_and_edges};

use super::text;
use crate::{
    drawing::{Cell, Drawing, Link, Mark, Table},
    render::count,
};

/// Pixels of a monospaced character at the picture's font size of 12.
const CHARACTER: f64 = 7.3;
/// Pixels of a line.
const LINE: f64 = 18.0;
/// Pixels of the line with the table's name.
const HEAD: f64 = 26.0;
/// Pixels between text and border.
const PAD: f64 = 10.0;
/// Pixels between ranks of tables: links curve there.
const GAP: f64 = 48.0;
/// Pixels between tables of a rank.
const SPACE: f64 = 20.0;
/// Pixels of an arrow's head, which a curve leaves straight.
const HEAD_ROOM: f64 = 9.0;
/// Pixels that a row of unrelated tables takes at most, where no related ones are wider.
const WIDTH: f64 = 1040.0;
/// Characters of a name or type that are shown.
const LONGEST: usize = 36;

/// A table's place: the left upper corner, and its size.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Place {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
    /// The right edge of the widest table of its rank, or its own: links run straight as far as this.
    reach: f64,
}

/// Draws it.
pub(super) fn svg(drawing: &Drawing) -> Markup {
    let (places, width, height) = layout(drawing);
    let mut links: Vec<&Link> = drawing.links.iter().collect();
    links.sort_by_key(|link| link.mark != Mark::Removed);
    html! {
        div.picture tabindex="0" role="region" aria-label="Tables and foreign keys, as a picture that scrolls" {
            svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="picture-title"
                width=(width) height=(height) viewBox=(format!("0 0 {width} {height}")) {
                title id="picture-title" {
                    (count(drawing.tables.len(), "table")) ", " (count(drawing.links.len(), "foreign key"))
                }
                marker #one viewBox="0 0 8 8" refX="8" refY="4" markerUnits="userSpaceOnUse" markerWidth=(HEAD_ROOM) markerHeight=(HEAD_ROOM) orient="auto-start-reverse" {
                    path d="M0 0L8 4L0 8z" {}
                }
                // What is gone lies below what is there.
                @for link in links {
                    path class={ "link " (class(link.mark)) }
                        d=(curve(link, drawing, &places)) marker-end="url(#one)" {
                        title { (text(&link.name)) }
                    }
                }
                @for (index, (table, place)) in drawing.tables.iter().zip(&places).enumerate() {
                    (entity(index, table, *place))
                }
            }
        }
        @if drawing.hidden > 0 {
            p.quiet { (count(drawing.hidden, "more table")) " not shown: neither changed nor next to one that is" }
        }
    }
}

fn entity(index: usize, table: &Table, place: Place) -> Markup {
    let Place {
        x,
        y,
        width,
        height,
        ..
    } = place;
    html! {
        g id={ "table-" (index) } class={ "table " (class(table.mark)) } transform=(format!("translate({x} {y})")) {
            title { (text(&table.name)) (note(table.mark)) }
            rect.box width=(width) height=(height) rx="6" {}
            path.rule d=(format!("M0 {HEAD}H{width}")) {}
            text.name x=(PAD) y="18" { (sign(table.mark)) (named(&table.name, table.was.as_ref())) }
            @for (index, column) in (0u32..).zip(&table.columns) {
                @let line = HEAD + LINE * f64::from(index);
                @if column.mark != Mark::Same && matches!(table.mark, Mark::Same | Mark::Changed) {
                    rect class={ "row " (class(column.mark)) } x="1" y=(line + 1.0) width=(width - 2.0) height=(LINE - 1.0) {}
                }
                text class={ "column " (class(column.mark)) } x=(PAD) y=(line + 13.0) {
                    (sign(column.mark)) (named(&column.name, column.was.as_ref()))
                    tspan.type { " " (typed(column)) }
                    @if !column.key.is_empty() { tspan.key { " " (column.key) } }
                }
            }
            @if table.more > 0 {
                text.more x=(PAD) y=(height - 6.0) { "… " (count(table.more, "more column")) }
            }
        }
    }
}

fn class(mark: Mark) -> &'static str {
    match mark {
        Mark::Same => "same",
        Mark::Added => "added",
        Mark::Changed => "changed",
        Mark::Removed => "removed",
    }
}

/// Colors alone tell nothing to who does not see them.
fn sign(mark: Mark) -> &'static str {
    match mark {
        Mark::Same => "",
        Mark::Added => "+ ",
        Mark::Changed => "~ ",
        Mark::Removed => "− ",
    }
}

fn note(mark: Mark) -> &'static str {
    match mark {
        Mark::Same => "",
        Mark::Added => " (new)",
        Mark::Changed => " (changed)",
        Mark::Removed => " (removed)",
    }
}

/// A name, with the one before.
fn named(name: &str, was: Option<&String>) -> String {
    match was {
        Some(was) => format!("{} (was {})", short(name), short(was)),
        None => short(name),
    }
}

/// A type, behind the one before.
fn typed(column: &Cell) -> String {
    let now = short(&column.data_type);
    match &column.was_type {
        Some(was) => format!("{} → {now}", short(was)),
        None => now,
    }
}

fn short(name: &str) -> String {
    let name = text(name);
    if name.chars().count() <= LONGEST {
        return name;
    }
    let mut short: String = name.chars().take(LONGEST - 1).collect();
    short.push('…');
    short
}

fn size(table: &Table) -> (f64, f64) {
    let length = |text: &str| text.chars().count();
    let column = |cell: &Cell| {
        let key = if cell.key.is_empty() {
            0
        } else {
            1 + cell.key.len()
        };
        length(sign(cell.mark))
            + length(&named(&cell.name, cell.was.as_ref()))
            + 1
            + length(&typed(cell))
            + key
    };
    let longest = table
        .columns
        .iter()
        .map(column)
        .chain([
            length(sign(table.mark)) + length(&named(&table.name, table.was.as_ref())) + 2,
            20,
        ])
        .max()
        .unwrap_or_default();
    let lines = table.columns.len() + usize::from(table.more > 0);
    (
        number(longest) * CHARACTER + 2.0 * PAD,
        HEAD + number(lines) * LINE + 6.0,
    )
}

/// A count that is drawn, so a small one.
fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Where each table stands, and the size of it all.
fn layout(drawing: &Drawing) -> (Vec<Place>, f64, f64) {
    let sizes: Vec<(f64, f64)> = drawing.tables.iter().map(size).collect();
    let linked: BTreeSet<(u32, u32)> = drawing
        .links
        .iter()
        .filter(|link| link.from != link.to)
        .map(|link| (id(link.to), id(link.from)))
        .collect();
    let linked: Vec<(u32, u32)> = linked.into_iter().collect();
    // The library draws from top to bottom: width and height change places.
    let vertices: Vec<(u32, (f64, f64))> = (0..)
        .zip(&sizes)
        .map(|(id, &(width, height))| (id, (height, width)))
        .collect();
    let config = Config {
        vertex_spacing: SPACE,
        ..Config::default()
    };
    let mut groups: Vec<Vec<(usize, (f64, f64))>> =
        from_vertices_and_edges(&vertices, &linked, &config)
            .into_iter()
            .map(|(mut group, _, _)| {
                group.sort_by_key(|(table, _)| *table);
                group
            })
            .collect();
    groups.sort_by_key(|group| (group.len() == 1, group.first().map(|(table, _)| *table)));

    let mut places = vec![Place::default(); sizes.len()];
    let mut all_width = WIDTH;
    let mut top = 1.0;
    let (mut x, mut bottom) = (1.0, top);
    for group in &groups {
        if let [(table, _)] = group.as_slice() {
            let (width, height) = sizes[*table];
            if x + width > all_width && x > 1.0 {
                (x, top) = (1.0, bottom + SPACE);
            }
            places[*table] = Place {
                x,
                y: top,
                width,
                height,
                reach: x + width,
            };
            x += width + SPACE;
            bottom = bottom.max(top + height);
            continue;
        }
        let upper = |&(table, (middle, _)): &(usize, (f64, f64))| middle - sizes[table].1 / 2.0;
        let highest = group.iter().map(upper).fold(f64::INFINITY, f64::min);
        let mut left = 1.0;
        for rank in ranks(group) {
            let width = rank.iter().map(|node| sizes[node.0].0).fold(0.0, f64::max);
            for node in rank {
                let (own, height) = sizes[node.0];
                let y = upper(node) - highest + top;
                places[node.0] = Place {
                    x: left,
                    y,
                    width: own,
                    height,
                    reach: left + width,
                };
                bottom = bottom.max(y + height);
            }
            all_width = all_width.max(left + width);
            left += width + GAP;
        }
        top = bottom + GAP;
        bottom = top;
    }
    let right = places
        .iter()
        .map(|place| place.x + place.width)
        .fold(0.0, f64::max);
    let lower = places
        .iter()
        .map(|place| place.y + place.height)
        .fold(0.0, f64::max);
    // A link of a table to itself leaves it on the right.
    (places, (right + GAP).ceil(), (lower + 1.0).ceil())
}

fn id(table: usize) -> u32 {
    u32::try_from(table).expect("a picture has no more tables than it can show")
}

/// A group's tables rank by rank: the library centres those of a rank on one line.
fn ranks(group: &[(usize, (f64, f64))]) -> Vec<Vec<&(usize, (f64, f64))>> {
    let line = |node: &&(usize, (f64, f64))| node.1.1;
    let mut nodes: Vec<_> = group.iter().collect();
    nodes.sort_by(|one, other| line(one).total_cmp(&line(other)));
    let ranks = nodes.chunk_by(|one, other| (line(one) - line(other)).abs() < 1.0);
    ranks.map(<[_]>::to_vec).collect()
}

/// From the referencing column to the referenced table's head: straight within a rank, curved between ranks, so that it
/// hides behind no table of its own ranks.
fn curve(link: &Link, drawing: &Drawing, places: &[Place]) -> String {
    let (from, to) = (places[link.from], places[link.to]);
    let mut columns = drawing.tables[link.from].columns.iter();
    let column = columns.position(|column| column.name == link.column);
    let start = from.y + column.map_or(HEAD / 2.0, |column| HEAD + LINE * (number(column) + 0.5));
    let end = to.y + HEAD / 2.0;
    let right = |place: Place| place.x + place.width;
    if to.reach <= from.x {
        let bend = (from.x - to.reach) / 2.0;
        let middle = from.x - bend;
        return format!(
            "M{} {start}C{middle} {start} {middle} {end} {} {end}H{}",
            from.x,
            to.reach + HEAD_ROOM,
            right(to)
        );
    }
    if from.reach <= to.x {
        let middle = from.reach + (to.x - from.reach) / 2.0;
        return format!(
            "M{} {start}H{}C{middle} {start} {middle} {end} {} {end}H{}",
            right(from),
            from.reach,
            to.x - HEAD_ROOM,
            to.x
        );
    }
    // One above the other, or one and the same: around the right side.
    let around = from.reach.max(to.reach) + GAP * 0.7;
    format!(
        "M{} {start}C{around} {start} {around} {end} {} {end}H{}",
        right(from),
        right(to) + HEAD_ROOM,
        right(to)
    )
}
