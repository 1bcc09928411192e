//! What a schema has of the cluster: roles, tablespaces, subscriptions, security labels.

use std::collections::BTreeSet;

use rehearsal::schema::{Schema, text_diff};

use crate::schema_support::{major, run, server, servers};

#[tokio::test]
async fn roles_that_were_made_come_back() {
    for server in servers().await {
        let major = major(&server);
        let original = server.create_database("roles").await.expect("a database");
        let mut connection = original.connect().await.expect("connect");
        let sql = "CREATE ROLE cluster_group NOINHERIT CREATEDB;
            CREATE ROLE \"Cluster App\" LOGIN PASSWORD 'hunter2' CONNECTION LIMIT 5 VALID UNTIL '2040-01-01 00:00+00';
            CREATE ROLE cluster_other;
            GRANT cluster_group TO \"Cluster App\" WITH ADMIN OPTION;
            GRANT pg_monitor TO cluster_group;
            ALTER ROLE \"Cluster App\" SET search_path = app, \"$user\";
            ALTER ROLE \"Cluster App\" SET work_mem = '8MB';
            COMMENT ON ROLE cluster_group IS 'a group';
            CREATE SCHEMA app AUTHORIZATION \"Cluster App\"";
        run(&mut connection, "make roles", sql).await;
        let made: BTreeSet<_> = ["cluster_other".to_owned(), "gone".to_owned()].into();
        let before = Schema::read_with_roles(&mut connection, &made)
            .await
            .expect("read the original");
        let expected = "\
CREATE ROLE cluster_other NOLOGIN; END IF; END $role$;
CREATE ROLE \"Cluster App\" LOGIN CONNECTION LIMIT 5 VALID UNTIL '2040-01-01 00:00:00+00'; END IF; END $role$;
ALTER ROLE \"Cluster App\" SET search_path TO app, \"$user\";
ALTER ROLE \"Cluster App\" SET work_mem TO '8MB';
";
        let sql = before.to_sql();
        for line in expected.lines() {
            assert!(sql.contains(line), "on {major}: {line} in\n{sql}");
        }
        assert!(!sql.contains("hunter2"), "passwords are never told");
        // The schema names the role that owns a part of it, and not what that one is a member of.
        assert!(!sql.contains("cluster_group"), "on {major}:\n{sql}");

        let all: BTreeSet<_> = ["cluster_group".to_owned()].into();
        let all = &all | &made;
        let before = Schema::read_with_roles(&mut connection, &all)
            .await
            .expect("read the original");
        let sql = before.to_sql();
        for line in [
            "GRANT cluster_group TO \"Cluster App\" WITH ADMIN OPTION;",
            "GRANT pg_monitor TO cluster_group;",
            "COMMENT ON ROLE cluster_group IS 'a group';",
        ] {
            assert!(sql.contains(line), "on {major}: {line} in\n{sql}");
        }
        run(
            &mut connection,
            "drop",
            "DROP SCHEMA app; DROP ROLE \"Cluster App\", cluster_group, cluster_other",
        )
        .await;

        let copy = server.create_database("copy").await.expect("a database");
        let mut connection = copy.connect().await.expect("connect");
        run(&mut connection, "load the SQL", &sql).await;
        let after = Schema::read_with_roles(&mut connection, &all)
            .await
            .expect("read the copy");
        assert_eq!(text_diff(&before, &after), "", "on {major}");
        assert!(before == after, "on {major}");
    }
}

#[tokio::test]
async fn tablespaces_are_told_by_name() {
    let server = server().await;
    if major(&server) < 15 {
        eprintln!("no tablespace without a folder of its own before Postgres 15: not tested");
        return;
    }
    let original = server.create_database("spaces").await.expect("a database");
    let mut connection = original.connect().await.expect("connect");
    for sql in [
        "SET allow_in_place_tablespaces = on",
        "CREATE TABLESPACE \"Fast\" LOCATION ''",
        "CREATE TABLE public.t (id integer PRIMARY KEY USING INDEX TABLESPACE \"Fast\") TABLESPACE \"Fast\";
         CREATE INDEX t_idx ON public.t (id) TABLESPACE \"Fast\";
         CREATE MATERIALIZED VIEW public.m TABLESPACE \"Fast\" AS SELECT 1 AS one;
         CREATE TABLE public.p (a integer) PARTITION BY LIST (a) TABLESPACE \"Fast\";
         CREATE TABLE public.p1 PARTITION OF public.p FOR VALUES IN (1);
         CREATE TABLE public.p2 PARTITION OF public.p FOR VALUES IN (2) TABLESPACE pg_default",
    ] {
        run(&mut connection, sql, sql).await;
    }
    let before = Schema::read(&mut connection).await.expect("read");
    let expected = "\
CREATE TABLE public.p (
    a integer
)
PARTITION BY LIST (a)
TABLESPACE \"Fast\";

CREATE TABLE public.p1 PARTITION OF public.p FOR VALUES IN (1)
TABLESPACE \"Fast\";

CREATE TABLE public.p2 PARTITION OF public.p FOR VALUES IN (2)
TABLESPACE pg_default;

CREATE TABLE public.t (
    id integer NOT NULL,
    CONSTRAINT t_pkey PRIMARY KEY (id)
)
TABLESPACE \"Fast\";
CREATE INDEX t_idx ON public.t USING btree (id);
ALTER INDEX public.t_idx SET TABLESPACE \"Fast\";
ALTER INDEX public.t_pkey SET TABLESPACE \"Fast\";

CREATE MATERIALIZED VIEW public.m TABLESPACE \"Fast\" AS
 SELECT 1 AS one;
";
    assert_eq!(before.to_sql(), expected);
    let copy = server.create_database("copy").await.expect("a database");
    let mut connection = copy.connect().await.expect("connect");
    run(&mut connection, "load the SQL", expected).await;
    let after = Schema::read(&mut connection).await.expect("read the copy");
    assert!(before == after, "{}", text_diff(&before, &after));
}

#[tokio::test]
async fn subscriptions_are_comments_without_the_connection() {
    for server in servers().await {
        let database = server.create_database("distant").await.expect("a database");
        let mut connection = database.connect().await.expect("connect");
        let sql =
            "CREATE SUBSCRIPTION \"Far\nOff\" CONNECTION 'host=far password=hunter2' PUBLICATION b, a
                WITH (connect = false, enabled = false, create_slot = false, slot_name = NONE)";
        run(&mut connection, "subscribe", sql).await;
        let schema = Schema::read(&mut connection).await;
        let other = server.create_database("other").await.expect("a database");
        let mut elsewhere = other.connect().await.expect("connect");
        let of_other = Schema::read(&mut elsewhere).await;
        // While there is one, its database cannot be dropped.
        run(
            &mut connection,
            "unsubscribe",
            "DROP SUBSCRIPTION \"Far\nOff\"",
        )
        .await;
        let sql = schema.expect("read").to_sql();
        let expected = "\
-- CREATE SUBSCRIPTION \"Far
-- Off\" CONNECTION '********' PUBLICATION a, b WITH (slot_name = NONE, enabled = false";
        assert!(sql.starts_with(expected), "{sql}");
        assert!(sql.lines().all(|line| line.starts_with("-- ")), "{sql}");
        let of_other = of_other.expect("read").to_sql();
        assert_eq!(of_other, "", "it is of another database");
    }
}

#[tokio::test]
async fn security_labels_are_told() {
    let server = server().await;
    let database = server.create_database("labels").await.expect("a database");
    let mut connection = database.connect().await.expect("connect");
    // No label provider comes with Postgres: the catalog is written as one would.
    let sql = "CREATE TABLE public.t (id serial);
        INSERT INTO pg_seclabel SELECT 'public.t'::regclass, 'pg_class'::regclass, n, 'anon', 'label ' || n
            FROM generate_series(0, 1) AS n;
        INSERT INTO pg_seclabel VALUES ('public.t_id_seq'::regclass, 'pg_class'::regclass, 0, 'Odd One', 'it''s');
        INSERT INTO pg_seclabel VALUES ('public'::regnamespace, 'pg_namespace'::regclass, 0, 'anon', 'TRUSTED')";
    run(&mut connection, "label", sql).await;
    let expected = "\
SECURITY LABEL FOR anon ON SCHEMA public IS 'TRUSTED';

CREATE TABLE public.t (
    id serial
);
SECURITY LABEL FOR \"Odd One\" ON SEQUENCE public.t_id_seq IS 'it''s';
SECURITY LABEL FOR anon ON COLUMN public.t.id IS 'label 1';
SECURITY LABEL FOR anon ON TABLE public.t IS 'label 0';
";
    let schema = Schema::read(&mut connection).await.expect("read");
    assert_eq!(schema.to_sql(), expected);
}
