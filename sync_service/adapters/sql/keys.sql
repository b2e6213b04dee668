-- The keys that everything personal is sealed with. Every statement can be run again.

-- The store's few secrets, each wrapped by a master key that is kept elsewhere: `root` keys wrap the keys of owners,
-- `index` makes hashes and hides identifiers, `store` seals what belongs to nobody.
CREATE TABLE IF NOT EXISTS sync_secrets (
    number int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('root', 'index', 'store')),
    master text NOT NULL,
    wrapped bytea NOT NULL,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE UNIQUE INDEX IF NOT EXISTS sync_secrets_kind ON sync_secrets (kind) WHERE kind <> 'root';

-- One key an owner: a specialist's stream, or a parked message. Without its row nothing of theirs can ever be opened.
CREATE TABLE IF NOT EXISTS sync_keys (
    owner uuid PRIMARY KEY,
    root int NOT NULL REFERENCES sync_secrets,
    wrapped bytea NOT NULL
);
CREATE INDEX IF NOT EXISTS sync_keys_root ON sync_keys (root);
