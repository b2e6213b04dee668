-- Rebuilds of views as people asked for them. Every statement can be run again.

-- One row an order; it stays when it has ended, so that it is known who switched to what, and why. The comparison (counts
-- and masked examples, no personal value) is sealed, for it names whose rows differ.
CREATE TABLE IF NOT EXISTS sync_rebuilds (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    view text NOT NULL,
    state text NOT NULL,
    who text NOT NULL,
    reason text NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    is_back boolean NOT NULL DEFAULT false,
    generation int,
    version text,
    began_at timestamptz,
    filled_at timestamptz,
    compared_at timestamptz,
    ended_at timestamptz,
    head bigint NOT NULL DEFAULT 0,
    events bigint NOT NULL DEFAULT 0,
    worked_s double precision NOT NULL DEFAULT 0,
    rate double precision,
    comparison bytea,
    error text,
    decided_by text,
    decided_for text
) WITH (fillfactor = 50);

-- A view has at most one order that has not ended.
CREATE UNIQUE INDEX IF NOT EXISTS sync_rebuilds_open ON sync_rebuilds (view) WHERE ended_at IS NULL;
CREATE INDEX IF NOT EXISTS sync_rebuilds_view ON sync_rebuilds (view, id);
