-- What is kept of e-mails about credits. Every statement can be run again.

-- One row for each cause: an account and the activity that it recorded. The id is drawn from both, so that no cause can
-- have a second row. No name and no address stands here; `account` is a keyed hash, account id and activity key are
-- sealed with the key of `owner`, the account's own stream.
CREATE TABLE IF NOT EXISTS sync_notices (
    notice uuid PRIMARY KEY,
    owner uuid NOT NULL,
    portal text NOT NULL,
    account bytea NOT NULL,
    sealed bytea NOT NULL,
    state text NOT NULL CHECK (state IN ('planned', 'sending', 'sent', 'parked', 'skipped')),
    attempts int NOT NULL DEFAULT 0,
    planned_at timestamptz NOT NULL,
    next_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    mail uuid,
    reason text
) WITH (fillfactor = 70);
CREATE INDEX IF NOT EXISTS sync_notices_account ON sync_notices (account);
CREATE INDEX IF NOT EXISTS sync_notices_owner ON sync_notices (owner);
CREATE INDEX IF NOT EXISTS sync_notices_due ON sync_notices (next_at) WHERE state = 'planned';
CREATE INDEX IF NOT EXISTS sync_notices_open ON sync_notices (planned_at) WHERE state IN ('sending', 'parked');
CREATE INDEX IF NOT EXISTS sync_notices_mail ON sync_notices (mail) WHERE mail IS NOT NULL;

-- What the notifier remembers of the store: since when it mails, on which copy of the database, and when that was last
-- found to be another one.
CREATE TABLE IF NOT EXISTS sync_notice_marks (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    since timestamptz NOT NULL,
    store text NOT NULL,
    restored_at timestamptz
);
