-- What a backfill asks before every batch: who follows the log furthest behind, and how many live messages are unread.
-- Whoever replicas and answers wait for is counted: the live views and the publisher. Every part is the end of an index.
WITH reader AS (
    SELECT name, position FROM (SELECT view AS name, position FROM sync_views WHERE state = 'live'
        AND view = ANY(%(views)s)
        UNION ALL SELECT follower, position FROM sync_followers WHERE follower = 'publisher') AS readers
    ORDER BY position LIMIT 1),
unread AS (
    -- The end was seen some seconds ago, the position is of now. In topic files both are bytes.
    SELECT least(coalesce(unread, end_offset), end_offset - coalesce(next_offset, 0)) AS messages
    FROM (SELECT DISTINCT ON (place) place, end_offset, unread, looked_at FROM sync_source_ends
        WHERE topic = ANY(%(live)s) ORDER BY place, looked_at DESC) AS latest LEFT JOIN sync_places USING (place)
    WHERE looked_at > clock_timestamp() - make_interval(secs => %(sight_s)s))
SELECT coalesce((SELECT name FROM reader), ''),
    greatest(0, coalesce((SELECT max(last_position) FROM sync_transactions), 0) - coalesce((SELECT position FROM reader), 0)),
    coalesce(extract(epoch FROM clock_timestamp() - (SELECT recorded_at FROM sync_transactions
        WHERE last_position > (SELECT position FROM reader) ORDER BY last_position LIMIT 1)), 0)::float8,
    greatest(0, coalesce((SELECT max(messages) FROM unread), 0))
