-- Ways in which migrations grow: what stands before, what is repeated with its number {n} and the {next} one, what stands behind.
-- The statements are plain on purpose: what counts is how many there are of one thing.

-- shape: columns added to a table
-- each:
ALTER TABLE t ADD COLUMN c{n} int;

-- shape: columns added to tables
-- each:
ALTER TABLE t{n} ADD COLUMN c int;

-- shape: columns added to a new table
CREATE TABLE t (id bigint PRIMARY KEY, a int, b int);
-- each:
ALTER TABLE t ADD COLUMN c{n} int NOT NULL DEFAULT 0;

-- shape: columns added if absent
-- each:
ALTER TABLE t ADD COLUMN IF NOT EXISTS c{n} int;

-- shape: columns of one statement
ALTER TABLE t ADD a int
-- each:
, ADD COLUMN c{n} int
-- behind:
;

-- shape: columns of a new table
CREATE TABLE t (id bigint PRIMARY KEY
-- each:
, c{n} text NOT NULL
-- behind:
);

-- shape: checked columns of a new table
CREATE TABLE t (id bigint PRIMARY KEY
-- each:
, c{n} text NOT NULL UNIQUE CHECK (c{n} <> '') REFERENCES r
-- behind:
);

-- shape: columns renamed
-- each:
ALTER TABLE t RENAME COLUMN c{n} TO d{n};

-- shape: types changed
-- each:
ALTER TABLE t ALTER COLUMN c{n} TYPE bigint;

-- shape: defaults set and dropped
-- each:
ALTER TABLE t ALTER c{n} SET DEFAULT 0; ALTER TABLE t ALTER c{n} DROP DEFAULT;

-- shape: columns set not null
-- each:
ALTER TABLE t ALTER COLUMN c{n} SET NOT NULL;

-- shape: columns drop not null
-- each:
ALTER TABLE t ALTER COLUMN c{n} DROP NOT NULL;

-- shape: columns added, filled, set not null
-- each:
ALTER TABLE t ADD c{n} int; UPDATE t SET c{n} = 0 WHERE c{n} IS NULL; ALTER TABLE t ALTER c{n} SET NOT NULL;

-- shape: identities
-- each:
ALTER TABLE t ALTER COLUMN c{n} ADD GENERATED ALWAYS AS IDENTITY;

-- shape: foreign keys of a table
-- each:
ALTER TABLE t ADD CONSTRAINT t_{n}_fk FOREIGN KEY (c{n}) REFERENCES r{n} (id);

-- shape: unnamed foreign keys of a table
-- each:
ALTER TABLE t ADD FOREIGN KEY (c{n}) REFERENCES r{n};

-- shape: unnamed foreign keys of a column
-- each:
ALTER TABLE t ADD FOREIGN KEY (c) REFERENCES r{n};

-- shape: foreign keys to a table
-- each:
ALTER TABLE t{n} ADD CONSTRAINT t{n}_fk FOREIGN KEY (r) REFERENCES r (id);

-- shape: foreign keys of new tables
CREATE TABLE r (id bigint PRIMARY KEY);
-- each:
CREATE TABLE t{n} (id bigint PRIMARY KEY, r bigint REFERENCES r);

-- shape: foreign keys between tables
-- each:
ALTER TABLE t{n} ADD CONSTRAINT t{n}_fk FOREIGN KEY (r) REFERENCES r{n} (id) NOT VALID;

-- shape: foreign keys not valid, validated
-- each:
ALTER TABLE t ADD CONSTRAINT f{n} FOREIGN KEY (c{n}) REFERENCES r NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT f{n};

-- shape: tables of a chain of foreign keys
CREATE TABLE t0 (id int PRIMARY KEY);
-- each:
CREATE TABLE t{next} (id int PRIMARY KEY, up int REFERENCES t{n});

-- shape: unnamed checks of a column
-- each:
ALTER TABLE t ADD CHECK (c > {n});

-- shape: checks that prove not null
-- each:
ALTER TABLE t ADD CONSTRAINT k{n} CHECK (c{n} IS NOT NULL) NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT k{n}; ALTER TABLE t ALTER c{n} SET NOT NULL; ALTER TABLE t DROP CONSTRAINT k{n};

-- shape: unique constraints
-- each:
ALTER TABLE t ADD CONSTRAINT u{n} UNIQUE (c{n});

-- shape: unique constraints by index
-- each:
CREATE UNIQUE INDEX i{n} ON t (c{n}); ALTER TABLE t ADD CONSTRAINT u{n} UNIQUE USING INDEX i{n};

-- shape: constraints dropped
-- each:
ALTER TABLE t DROP CONSTRAINT k{n};

-- shape: constraints dropped and added
-- each:
ALTER TABLE t DROP CONSTRAINT IF EXISTS k{n}; ALTER TABLE t ADD CONSTRAINT k{n} CHECK (a > {n});

-- shape: constraints renamed
-- each:
ALTER TABLE t RENAME CONSTRAINT k{n} TO l{n};

-- shape: constraints validated
-- each:
ALTER TABLE t VALIDATE CONSTRAINT k{n};

-- shape: indexes of a table
-- each:
CREATE INDEX t_{n}_idx ON t (c{n});

-- shape: indexes of tables
-- each:
CREATE INDEX i{n} ON t{n} (c);

-- shape: indexes of a new table
CREATE TABLE t (id bigint PRIMARY KEY, a int, b int);
-- each:
CREATE INDEX t_{n}_idx ON t (a, c{n});

-- shape: unnamed indexes of a column
-- each:
CREATE INDEX ON t (c);

-- shape: indexes made and dropped
-- each:
CREATE INDEX i{n} ON t (c{n}); DROP INDEX i{n};

-- shape: indexes renamed
CREATE TABLE t (id bigint PRIMARY KEY, a int, b int);
-- each:
CREATE INDEX i{n} ON t (c{n}); ALTER INDEX i{n} RENAME TO j{n};

-- shape: partial indexes of a column
-- each:
CREATE INDEX i{n} ON t (c) WHERE a = {n};

-- shape: rows, one statement each
-- each:
INSERT INTO t (id, a) VALUES ({n}, 'a');

-- shape: rows of new tables, once
-- each:
CREATE TABLE IF NOT EXISTS t{n} (id bigint PRIMARY KEY, a int); INSERT INTO t{n} (id, a) VALUES (1, 2) ON CONFLICT DO NOTHING;

-- shape: rows of tables, once
-- each:
INSERT INTO t{n} (id, a) VALUES (1, 2) ON CONFLICT DO NOTHING;

-- shape: rows of one statement
INSERT INTO t (id, a) VALUES (-1, 'a')
-- each:
, ({n}, 'a')
-- behind:
;

-- shape: rows copied between tables
-- each:
INSERT INTO t (id) SELECT id FROM s{n};

-- shape: updates of columns
-- each:
UPDATE t SET c{n} = c{n} + 1;

-- shape: updates of tables
-- each:
UPDATE t{n} SET a = 1 WHERE a IS NULL;

-- shape: tables made
-- each:
CREATE TABLE t{n} (id bigint PRIMARY KEY, name text);

-- shape: tables dropped
-- each:
DROP TABLE t{n};

-- shape: tables renamed
-- each:
ALTER TABLE t{n} RENAME TO u{n};

-- shape: renames of a table
CREATE TABLE t0 (id int PRIMARY KEY, a int UNIQUE);
-- each:
ALTER TABLE t{n} RENAME TO t{next};

-- shape: tables moved between schemas
-- each:
ALTER TABLE t{n} SET SCHEMA s;

-- shape: tables made, filled, indexed
-- each:
CREATE TABLE t{n} AS SELECT 1 AS a; CREATE INDEX ON t{n} (a); INSERT INTO t{n} SELECT 2;

-- shape: partitions of a table
CREATE TABLE t (id int, a int) PARTITION BY LIST (id);
-- each:
CREATE TABLE p{n} PARTITION OF t FOR VALUES IN ({n});

-- shape: partitions attached
-- each:
CREATE TABLE p{n} (id int); ALTER TABLE t ATTACH PARTITION p{n} FOR VALUES IN ({n});

-- shape: heirs of heirs
CREATE TABLE p0 (id int);
-- each:
CREATE TABLE p{next} () INHERITS (p{n});

-- shape: partitions filled
CREATE TABLE t (id int, a int) PARTITION BY LIST (id);
-- each:
CREATE TABLE p{n} PARTITION OF t FOR VALUES IN ({n}); INSERT INTO t SELECT {n}, 0;

-- shape: partitions of an indexed table
CREATE TABLE t (id int, a int) PARTITION BY LIST (id);
-- each:
CREATE TABLE p{n} PARTITION OF t FOR VALUES IN ({n}); CREATE INDEX i{n} ON t (a);

-- shape: functions
-- each:
CREATE FUNCTION f{n}() RETURNS int LANGUAGE sql AS $$ SELECT {n} $$;

-- shape: overloads of a function
-- each:
CREATE FUNCTION f(a t{n}) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;

-- shape: functions dropped and made
-- each:
DROP FUNCTION IF EXISTS f{n}(); CREATE FUNCTION f{n}() RETURNS int LANGUAGE sql AS $$ SELECT {n} $$;

-- shape: functions called
-- each:
CREATE FUNCTION f{n}() RETURNS void LANGUAGE plpgsql AS $$ BEGIN UPDATE t SET a = {n}; END $$; SELECT f{n}();

-- shape: comments on columns
-- each:
COMMENT ON COLUMN t.c{n} IS 'n';

-- shape: views over a table
-- each:
CREATE VIEW v{n} AS SELECT a, b FROM t;

-- shape: views over views
CREATE VIEW v0 AS SELECT a FROM t;
-- each:
CREATE VIEW v{next} AS SELECT a FROM v{n};

-- shape: triggers of a table
-- each:
CREATE TRIGGER g{n} BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();

-- shape: triggers switched off and on
-- each:
ALTER TABLE t{n} DISABLE TRIGGER g; ALTER TABLE t{n} ENABLE TRIGGER g;

-- shape: triggers switched off
-- each:
ALTER TABLE t DISABLE TRIGGER g{n};

-- shape: policies of a table
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
-- each:
CREATE POLICY p{n} ON t USING (a = {n});

-- shape: policies made and dropped
CREATE TABLE t (id bigint PRIMARY KEY, a int, b int);
-- each:
CREATE POLICY p{n} ON t USING (a = {n}); DROP POLICY p{n} ON t;

-- shape: tables with row security
-- each:
ALTER TABLE t{n} ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t{n} USING (true);

-- shape: row security switched off
-- each:
ALTER TABLE t{n} DISABLE ROW LEVEL SECURITY;

-- shape: privileges revoked
-- each:
REVOKE SELECT ON t{n} FROM app;

-- shape: privileges revoked and granted
-- each:
REVOKE ALL ON t{n} FROM app; GRANT SELECT ON t{n} TO app;

-- shape: enums replaced
-- each:
ALTER TYPE e{n} RENAME TO old{n}; CREATE TYPE e{n} AS ENUM ('a'); ALTER TABLE t ALTER c{n} TYPE e{n} USING c{n}::text::e{n}; DROP TYPE old{n};

-- shape: schemas
-- each:
CREATE SCHEMA s{n}; CREATE TABLE s{n}.t (id int);

-- shape: schemas dropped
-- each:
CREATE SCHEMA s{n}; CREATE TABLE s{n}.t (id int); DROP SCHEMA s{n} CASCADE;

-- shape: schemas renamed
-- each:
CREATE SCHEMA s{n}; CREATE TABLE s{n}.t (id int); ALTER SCHEMA s{n} RENAME TO r{n};

-- shape: settings
-- each:
SET lock_timeout = '{n}s'; ALTER TABLE t ADD c{n} int;

-- shape: transactions
-- no-transaction
-- each:
BEGIN; ALTER TABLE t ADD c{n} int; COMMIT;

-- shape: transactions rolled back
-- no-transaction
-- each:
BEGIN; ALTER TABLE t ADD c{n} int; ROLLBACK;

-- shape: savepoints rolled back
-- each:
SAVEPOINT s; CREATE TABLE t{n} (id int); ROLLBACK TO s;

-- shape: savepoints in each other
-- each:
SAVEPOINT s{n}; CREATE TABLE t{n} (id int);
-- behind:
ROLLBACK TO s1;

-- shape: statements of a DO block
DO $$ BEGIN
-- each:
ALTER TABLE t ADD COLUMN c{n} int;
-- behind:
END $$;

-- shape: guards of a DO block
DO $$ BEGIN
-- each:
IF NOT EXISTS (SELECT 1 FROM pg_class WHERE relname = 't{n}') THEN CREATE TABLE t{n} (id int); END IF;
-- behind:
END $$;

-- shape: blocks of a DO block
DO $$ BEGIN
-- each:
BEGIN CREATE TABLE t{n} (id int); EXCEPTION WHEN duplicate_table THEN NULL; END;
-- behind:
END $$;

-- shape: DO blocks
-- each:
DO $$ BEGIN ALTER TABLE t ADD COLUMN c{n} int; EXCEPTION WHEN duplicate_column THEN NULL; END $$;

-- shape: findings allowed
-- each:
-- rehearsal: allow(drop-table): gone
DROP TABLE t{n};

-- shape: statements of a dump
SET search_path = '';
-- each:
CREATE TABLE public.t{n} (id integer NOT NULL, name text); ALTER TABLE ONLY public.t{n} ADD CONSTRAINT t{n}_pkey PRIMARY KEY (id); CREATE INDEX t{n}_name ON public.t{n} USING btree (name); ALTER TABLE public.t{n} OWNER TO app;

-- shape: migrations of a column each
CREATE TABLE t (id bigint PRIMARY KEY, a int, b int);
-- each migration:
ALTER TABLE t ADD COLUMN c{n} int;

-- shape: migrations of an index each
CREATE TABLE t (id bigint PRIMARY KEY, a int, b int);
-- each migration:
CREATE INDEX i{n} ON t (a);

-- shape: migrations of a foreign key each
CREATE TABLE t (id bigint PRIMARY KEY, a int, b int);
-- each migration:
ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES r{n};

-- shape: migrations of a table each
CREATE TABLE t (id bigint PRIMARY KEY, a int, b int);
-- each migration:
CREATE TABLE t{n} (id bigint PRIMARY KEY, t bigint REFERENCES t);

-- shape: migrations of a function each
CREATE TABLE t (id bigint PRIMARY KEY, a int, b int);
-- each migration:
CREATE FUNCTION f{n}() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;

-- shape: migrations of a view each
CREATE TABLE t (id bigint PRIMARY KEY, a int, b int);
-- each migration:
CREATE VIEW v{n} AS SELECT a FROM t;

-- shape: migrations of a partition each
CREATE TABLE t (id int) PARTITION BY LIST (id);
-- each migration:
CREATE TABLE p{n} PARTITION OF t FOR VALUES IN ({n});

-- shape: migrations of a set not null each
CREATE TABLE t (id bigint PRIMARY KEY, a int, b int);
-- each migration:
ALTER TABLE t ALTER c{n} SET NOT NULL;

-- shape: migrations of a rename each
CREATE TABLE t0 (id int);
-- each migration:
ALTER TABLE t{n} RENAME TO t{next};
