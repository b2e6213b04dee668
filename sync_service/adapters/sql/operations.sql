-- What operators are told of: the heartbeats of running parts, and where the sources end. Every statement can be run again.

-- One row a role of a process; it is overwritten every few seconds, and removed a day after its last beat.
CREATE TABLE IF NOT EXISTS sync_parts (
    part text NOT NULL,
    instance text NOT NULL,
    version text NOT NULL,
    started_at timestamptz NOT NULL,
    beat_at timestamptz NOT NULL,
    turned_at timestamptz NOT NULL,
    leads boolean,
    did text,
    did_at timestamptz,
    position bigint,
    hindrances text NOT NULL,
    hindered_since timestamptz,
    ended_at timestamptz,
    PRIMARY KEY (part, instance)
) WITH (fillfactor = 50);

-- Where a source ended when it was looked at. Of old looks the first of a minute is kept, then the first of an hour, as
-- long as what it saw is not read: so it is known since when the oldest unread record waits.
CREATE TABLE IF NOT EXISTS sync_source_ends (
    place text NOT NULL,
    topic text NOT NULL,
    end_offset bigint NOT NULL,
    unread bigint,
    looked_at timestamptz NOT NULL,
    PRIMARY KEY (place, looked_at)
);

-- What finds the mails of the last day.
CREATE INDEX IF NOT EXISTS sync_notices_sent ON sync_notices (changed_at) WHERE state = 'sent';
