-- The audit log: rows are added and never changed. Every statement can be run again.

-- `link` chains a row to all before it (audit_chain.py); `whom` is a stream, never a name. Numbers have no gap.
CREATE TABLE IF NOT EXISTS sync_audit (
    number bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    who text NOT NULL,
    name text NOT NULL,
    roles text[] NOT NULL,
    door text NOT NULL,
    act text NOT NULL,
    whom uuid,
    case_number text,
    detail text,
    link bytea NOT NULL
);

CREATE INDEX IF NOT EXISTS sync_audit_whom ON sync_audit (whom, number);
CREATE INDEX IF NOT EXISTS sync_audit_who ON sync_audit (who, number);
CREATE INDEX IF NOT EXISTS sync_audit_case ON sync_audit (case_number, number);

-- What stops everybody but the database's own administrators; the chain finds what those do.
CREATE OR REPLACE FUNCTION sync_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is added to and never changed';
END
$$;

CREATE OR REPLACE TRIGGER sync_audit_kept BEFORE UPDATE OR DELETE ON sync_audit
    FOR EACH STATEMENT EXECUTE FUNCTION sync_audit_refuse();
CREATE OR REPLACE TRIGGER sync_audit_whole BEFORE TRUNCATE ON sync_audit
    FOR EACH STATEMENT EXECUTE FUNCTION sync_audit_refuse();
