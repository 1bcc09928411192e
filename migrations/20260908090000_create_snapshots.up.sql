-- State of a stream at one version, so that reading it need not start from the first event. There is no foreign key
-- to events on purpose: a snapshot outlives the events that it sums up.
CREATE TABLE IF NOT EXISTS snapshots (
    stream_id uuid NOT NULL,
    version stream_version NOT NULL,
    state jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (stream_id, version)
);

COMMENT ON TABLE snapshots IS 'State of a stream after the event of this version. Can be computed again.';
