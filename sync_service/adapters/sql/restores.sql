-- What a restored store knows of what happened after its backup. Every statement can be run again.

-- Every restore: of a backup of when, and how far the publisher was in it; how high the revisions are that portals have
-- (`lift`); since when is known what was sent, is read again what had come, and is published what that means.
CREATE TABLE IF NOT EXISTS sync_restores (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    restored_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    taken_at timestamptz NOT NULL,
    published bigint NOT NULL,
    lift int NOT NULL DEFAULT 0,
    learned_at timestamptz,
    caught_up_at timestamptz,
    settled_at timestamptz
);

-- Messages that went out after the backup, by what they say, and how many copies have held back no repeat yet.
CREATE TABLE IF NOT EXISTS sync_sent (
    identity uuid PRIMARY KEY,
    copies int NOT NULL
);
