-- Who is signed in to the console. Every statement can be run again. Tokens stand nowhere: only their hashes do.

CREATE TABLE IF NOT EXISTS sync_sessions (
    key bytea PRIMARY KEY,
    subject text NOT NULL,
    name text NOT NULL,
    roles text[] NOT NULL,
    made_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    case_number text
);

-- Links that sign somebody in once. Whoever takes one deletes its row.
CREATE TABLE IF NOT EXISTS sync_sign_in_links (
    key bytea PRIMARY KEY,
    subject text NOT NULL,
    name text NOT NULL,
    roles text[] NOT NULL,
    expires_at timestamptz NOT NULL
);
