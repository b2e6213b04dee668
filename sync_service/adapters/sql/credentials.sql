-- Credentials of portals and service accounts. Every statement can be run again.

-- One row a credential, for good: a name that was revoked is not used again, so that what is noted of it stays true.
CREATE TABLE IF NOT EXISTS sync_credentials (
    name text PRIMARY KEY,
    kind text NOT NULL,
    source text,
    roles text[] NOT NULL DEFAULT '{}',
    made_at timestamptz NOT NULL,
    made_by text NOT NULL,
    last_used_at timestamptz,
    revoked_at timestamptz,
    revoked_by text
);

-- Hashes of 256 random bits, none of which leads back to its secret; two a credential while one is being replaced.
CREATE TABLE IF NOT EXISTS sync_credential_secrets (
    digest bytea PRIMARY KEY,
    name text NOT NULL REFERENCES sync_credentials,
    made_at timestamptz NOT NULL,
    expires_at timestamptz,
    certificate text
);
