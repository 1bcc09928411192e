-- A large schema to measure with: :tables tables, four indexes each, a tenth as many views and
-- functions. `psql -v tables=1000 -f examples/large.sql`
SELECT set_config('large.tables', :'tables', false);
DO $$
DECLARE
    tables integer := current_setting('large.tables');
BEGIN
    FOR i IN 1..tables LOOP
        EXECUTE format(
            'CREATE TABLE t%1$s (id bigserial PRIMARY KEY, amount integer NOT NULL DEFAULT 1, name text, '
            'made timestamptz NOT NULL DEFAULT now(), price numeric(10, 2), code uuid, body jsonb, '
            'parent bigint REFERENCES t%2$s, CONSTRAINT t%1$s_amount_check CHECK (amount > 0))', i, greatest(1, i - 1));
        EXECUTE format('CREATE INDEX ON t%s (parent)', i);
        EXECUTE format('CREATE INDEX ON t%s (name, made DESC)', i);
        EXECUTE format(CASE WHEN i % 10 = 0 THEN 'CREATE UNIQUE INDEX ON t%s (lower(name), code)'
                            WHEN i % 5 = 0 THEN 'CREATE INDEX ON t%s (code) WHERE amount > 5'
                            ELSE 'CREATE INDEX ON t%s (code)' END, i);
        IF i % 10 = 0 THEN
            EXECUTE format('CREATE VIEW v%1$s AS SELECT t.id, t.amount, p.name FROM t%1$s AS t JOIN t%2$s AS p ON p.id = t.parent', i, i - 1);
            EXECUTE format('CREATE FUNCTION f%1$s(n integer) RETURNS integer LANGUAGE sql AS $f$ SELECT n + %1$s $f$', i);
        END IF;
        IF i % 500 = 0 THEN
            COMMIT;
        END IF;
    END LOOP;
END $$;
