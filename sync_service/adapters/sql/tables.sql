-- What is kept beside the events, and written in the same transactions. Every statement can be run again.

-- Messages that are stored: key is drawn from source and id, content from type and data.
CREATE TABLE IF NOT EXISTS sync_messages (
    message uuid PRIMARY KEY,
    content uuid NOT NULL,
    refused boolean NOT NULL
);
CREATE INDEX IF NOT EXISTS sync_messages_refused ON sync_messages (message) WHERE refused;

-- Where reading goes on in each place (a Kafka partition, a file), and what was counted there.
CREATE TABLE IF NOT EXISTS sync_places (
    place text PRIMARY KEY,
    next_offset bigint NOT NULL,
    received bigint NOT NULL,
    repeats bigint NOT NULL,
    moved_at timestamptz NOT NULL
) WITH (fillfactor = 50);

-- Parked messages; their reasons and what became of them are events. Value, key and headers are sealed.
CREATE TABLE IF NOT EXISTS sync_parked (
    letter uuid PRIMARY KEY,
    message uuid,
    retried boolean NOT NULL DEFAULT false,
    parked_at timestamptz NOT NULL,
    topic text,
    place text NOT NULL,
    "offset" bigint NOT NULL,
    next_offset bigint NOT NULL,
    decided boolean NOT NULL DEFAULT false,
    sealed bytea NOT NULL
);
CREATE INDEX IF NOT EXISTS sync_parked_message ON sync_parked (message) WHERE message IS NOT NULL;
CREATE INDEX IF NOT EXISTS sync_parked_undecided ON sync_parked (parked_at) WHERE NOT decided;
CREATE INDEX IF NOT EXISTS sync_parked_arrival ON sync_parked (parked_at);

-- What parked messages were applied as after somebody had edited them; what came stays in sync_parked.
CREATE TABLE IF NOT EXISTS sync_edited (
    letter uuid PRIMARY KEY,
    edited_at timestamptz NOT NULL,
    sealed bytea NOT NULL
);

-- One row a transaction: the last position it wrote, and the instant its events carry. For questions «as of».
CREATE TABLE IF NOT EXISTS sync_transactions (
    last_position bigint PRIMARY KEY,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS sync_transactions_recorded ON sync_transactions (recorded_at, last_position);

-- How far every follower of the log has come.
CREATE TABLE IF NOT EXISTS sync_followers (
    follower text PRIMARY KEY,
    position bigint NOT NULL,
    said_at timestamptz NOT NULL
) WITH (fillfactor = 50);

-- Every edition of every view, and the position in the log that its rows stand at.
CREATE TABLE IF NOT EXISTS sync_views (
    view text NOT NULL,
    generation int NOT NULL,
    state text NOT NULL,
    position bigint NOT NULL,
    moved_at timestamptz NOT NULL,
    PRIMARY KEY (view, generation)
) WITH (fillfactor = 50);
ALTER TABLE sync_views ADD COLUMN IF NOT EXISTS shape text NOT NULL DEFAULT '';
CREATE UNIQUE INDEX IF NOT EXISTS sync_views_state ON sync_views (view, state);

-- What was received from each source and what became of it, counted with every transaction: ever (span 0), by
-- day (1440), by quarter-hour (15) and by minute (1; kept for two days). So no question has to count rows.
CREATE TABLE IF NOT EXISTS sync_flows (
    span int NOT NULL,
    since timestamptz NOT NULL,
    source text NOT NULL,
    received bigint NOT NULL,
    stored bigint NOT NULL,
    repeats bigint NOT NULL,
    refused bigint NOT NULL,
    parked bigint NOT NULL,
    PRIMARY KEY (span, since, source)
) WITH (fillfactor = 50);

-- A store that is older than these counters is counted once; nobody else may write meanwhile.
INSERT INTO sync_flows
SELECT 0, 'epoch', 'before', places.received, (SELECT count(*) FROM sync_messages), places.repeats,
    (SELECT count(*) FROM sync_messages WHERE refused), (SELECT count(*) FROM sync_parked WHERE NOT retried)
FROM (SELECT sum(received)::bigint AS received, sum(repeats)::bigint AS repeats FROM sync_places) AS places
WHERE places.received IS NOT NULL AND NOT EXISTS (SELECT FROM sync_flows);

-- How the tables that only grow are looked after, fit for 100 million rows (docs/decisions/0023). A vacuum comes with
-- every so many rows, whatever the table's size, reads their pages alone, and freezes them there and then, so that none
-- against wraparound ever has to read the whole table. Statistics: soon in a young store, seldom in an old one.
ALTER TABLE sync_events SET (
    autovacuum_vacuum_insert_threshold = 1000000, autovacuum_vacuum_insert_scale_factor = 0,
    autovacuum_freeze_min_age = 0,
    autovacuum_vacuum_threshold = 10000, autovacuum_vacuum_scale_factor = 0.01,
    autovacuum_analyze_threshold = 1000, autovacuum_analyze_scale_factor = 0.1
);
ALTER TABLE sync_messages SET (
    autovacuum_vacuum_insert_threshold = 1000000, autovacuum_vacuum_insert_scale_factor = 0,
    autovacuum_freeze_min_age = 0,
    autovacuum_analyze_threshold = 1000, autovacuum_analyze_scale_factor = 0.1
);
ALTER TABLE sync_transactions SET (
    autovacuum_vacuum_insert_threshold = 100000, autovacuum_vacuum_insert_scale_factor = 0,
    autovacuum_freeze_min_age = 0,
    autovacuum_analyze_threshold = 1000, autovacuum_analyze_scale_factor = 0.1
);
