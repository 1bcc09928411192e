CREATE TABLE IF NOT EXISTS projections (
    projection_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL CONSTRAINT projections_name_key UNIQUE,
    status projection_status NOT NULL DEFAULT 'building',
    updated_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE projections IS 'Read models that are built from the log.';

-- The primary key leads with projection_id, so it serves the foreign key too.
CREATE TABLE IF NOT EXISTS projection_positions (
    projection_id bigint NOT NULL
        CONSTRAINT projection_positions_projection_id_fkey REFERENCES projections ON DELETE CASCADE,
    stream_id uuid NOT NULL,
    version stream_version NOT NULL,
    PRIMARY KEY (projection_id, stream_id)
);

COMMENT ON TABLE projection_positions IS 'The last event of each stream that a projection has taken in.';
