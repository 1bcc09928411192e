//! What the tables look like, in the words that an `INSERT` needs.

use serde::Deserialize;
use sqlx::{PgConnection, Row};

use crate::contents::{self, LEDGER};

/// A table that holds rows of its own: ordinary, or a partition without partitions.
#[derive(Debug, Deserialize)]
pub(super) struct Table {
    pub(super) oid: i64,
    /// Quoted and qualified.
    pub(super) name: String,
    /// Filled in from a second query.
    #[serde(skip)]
    pub(super) empty: bool,
    pub(super) columns: Vec<Column>,
    pub(super) foreign_keys: Vec<ForeignKey>,
    pub(super) checks: Vec<Check>,
    /// `FOR VALUES …`.
    pub(super) bound: Option<String>,
    /// The key column of a partition's parent, where it is a single one.
    pub(super) partition_column: Option<String>,
}

/// A column.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Column {
    pub(super) name: String,
    /// As `format_type` spells it, with modifiers.
    pub(super) type_name: String,
    /// The name of the type under all domains, `_`-prefixed for arrays, as in `pg_type.typname`.
    pub(super) base: String,
    /// `pg_type.typcategory` of the type under all domains.
    pub(super) category: String,
    /// `pg_type.typtype` of the type under all domains: `e` an enum, `r` a range, `c` composite.
    pub(super) kind: String,
    /// The type of an array's elements or of a range's bounds.
    pub(super) element: Option<String>,
    /// The longest text in characters, or the bits of a bit string.
    pub(super) length: Option<i32>,
    pub(super) not_null: bool,
    pub(super) has_default: bool,
    /// `GENERATED … STORED` or `VIRTUAL`.
    pub(super) generated: bool,
    /// Its default or identity takes numbers from a sequence, which later rows go on with.
    pub(super) numbered: bool,
    /// Part of a unique index.
    pub(super) unique: bool,
}

/// A foreign key.
#[derive(Debug, Deserialize)]
pub(super) struct ForeignKey {
    pub(super) columns: Vec<String>,
    /// Quoted and qualified.
    pub(super) references: String,
    pub(super) referenced: Vec<String>,
}

/// A check of the table.
#[derive(Debug, Deserialize)]
pub(super) struct Check {
    pub(super) name: String,
    pub(super) columns: Vec<String>,
    pub(super) definition: String,
}

const TABLES: &str = r"
WITH RECURSIVE base AS (
    SELECT oid, oid AS base, typnotnull AS not_null, typtypmod AS modifier FROM pg_type
    UNION ALL
    SELECT base.oid, t.typbasetype, base.not_null OR b.typnotnull,
           CASE WHEN base.modifier = -1 THEN t.typtypmod ELSE base.modifier END
    FROM base JOIN pg_type t ON t.oid = base.base AND t.typtype = 'd' JOIN pg_type b ON b.oid = t.typbasetype
), resolved AS (
    SELECT base.* FROM base JOIN pg_type t ON t.oid = base.base WHERE t.typtype <> 'd'
)
SELECT jsonb_build_object(
    'oid', c.oid::bigint,
    'name', format('%I.%I', n.nspname, c.relname),
    'bound', pg_get_expr(c.relpartbound, c.oid),
    'partition_column', (
        SELECT a.attname FROM pg_inherits i JOIN pg_partitioned_table p ON p.partrelid = i.inhparent
        JOIN pg_attribute a ON a.attrelid = c.oid
        JOIN pg_attribute pa ON pa.attrelid = p.partrelid AND pa.attname = a.attname AND pa.attnum = p.partattrs[0]
        WHERE i.inhrelid = c.oid AND p.partnatts = 1),
    'columns', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'name', a.attname,
            'type_name', format_type(a.atttypid, a.atttypmod),
            'base', t.typname, 'category', t.typcategory, 'kind', t.typtype,
            'element', CASE WHEN t.typtype = 'r'
                            THEN (SELECT format_type(r.rngsubtype, NULL) FROM pg_range r WHERE r.rngtypid = t.oid)
                            WHEN t.typelem <> 0 THEN format_type(t.typelem, NULL) END,
            'length', CASE WHEN t.typname IN ('varchar', 'bpchar')
                             AND greatest(a.atttypmod, resolved.modifier) > 4
                           THEN greatest(a.atttypmod, resolved.modifier) - 4
                           WHEN t.typname IN ('bit', 'varbit') AND greatest(a.atttypmod, resolved.modifier) > 0
                           THEN greatest(a.atttypmod, resolved.modifier) END,
            'not_null', a.attnotnull OR resolved.not_null,
            'has_default', a.atthasdef AND a.attgenerated = '',
            'generated', a.attgenerated <> '',
            'numbered', a.attidentity <> '' OR EXISTS (
                SELECT FROM pg_attrdef d WHERE d.adrelid = c.oid AND d.adnum = a.attnum
                AND pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%'),
            'unique', EXISTS (SELECT FROM pg_index x WHERE x.indrelid = c.oid AND x.indisunique
                              AND a.attnum = ANY (x.indkey::int2[]))
        ) ORDER BY a.attnum), '[]')
        FROM pg_attribute a JOIN resolved ON resolved.oid = a.atttypid JOIN pg_type t ON t.oid = resolved.base
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
    'foreign_keys', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'columns', (SELECT jsonb_agg(a.attname ORDER BY k.n) FROM unnest(o.conkey) WITH ORDINALITY k (num, n)
                        JOIN pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.num),
            'references', (SELECT format('%I.%I', fn.nspname, f.relname) FROM pg_class f
                           JOIN pg_namespace fn ON fn.oid = f.relnamespace WHERE f.oid = o.confrelid),
            'referenced', (SELECT jsonb_agg(a.attname ORDER BY k.n) FROM unnest(o.confkey) WITH ORDINALITY k (num, n)
                           JOIN pg_attribute a ON a.attrelid = o.confrelid AND a.attnum = k.num)
        ) ORDER BY o.conname), '[]')
        FROM pg_constraint o WHERE o.conrelid = c.oid AND o.contype = 'f'),
    'checks', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'name', o.conname, 'definition', pg_get_constraintdef(o.oid),
            'columns', (SELECT coalesce(jsonb_agg(a.attname), '[]') FROM pg_attribute a
                        WHERE a.attrelid = c.oid AND a.attnum = ANY (o.conkey))
        ) ORDER BY o.conname), '[]')
        FROM pg_constraint o WHERE o.conrelid = c.oid AND o.contype = 'c')
)::text AS fact
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence <> 't'
  AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema' AND c.relname <> $1
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.oid";

/// Reads all tables of which the role may read every row, oldest first.
pub(super) async fn read(connection: &mut PgConnection) -> anyhow::Result<Vec<Table>> {
    let (readable, _) = contents::tables(connection).await?;
    let facts: Vec<String> = sqlx::query_scalar(TABLES)
        .bind(LEDGER)
        .fetch_all(&mut *connection)
        .await?;
    let mut tables: Vec<Table> = facts
        .iter()
        .map(|fact| serde_json::from_str(fact))
        .collect::<Result<_, _>>()?;
    tables.retain(|table| readable.contains(&table.name));
    if tables.is_empty() {
        return Ok(tables);
    }
    let parts: Vec<String> = tables
        .iter()
        .map(|table| format!("EXISTS (SELECT FROM ONLY {})", table.name))
        .collect();
    let sql = sqlx::AssertSqlSafe(format!("SELECT ARRAY[{}] AS filled", parts.join(", ")));
    let filled: Vec<bool> = sqlx::query(sql)
        .fetch_one(connection)
        .await?
        .try_get("filled")?;
    for (table, filled) in tables.iter_mut().zip(filled) {
        table.empty = !filled;
    }
    Ok(tables)
}
