-- What one look at the whole service reads, each part by its name. {view} stands for the schema of a live view.

-- name: clock
SELECT clock_timestamp(), (SELECT recorded_at FROM sync_transactions ORDER BY last_position LIMIT 1)

-- name: log
SELECT coalesce((SELECT max(last_position) FROM sync_transactions), 0),
    (SELECT recorded_at FROM sync_transactions ORDER BY last_position DESC LIMIT 1),
    coalesce((SELECT max(last_position) FROM sync_transactions), 0) - coalesce((SELECT last_position
        FROM sync_transactions WHERE recorded_at <= now() - interval '1 minute'
        ORDER BY recorded_at DESC, last_position DESC LIMIT 1), 0)

-- name: parts
SELECT part, instance, version, started_at, beat_at, turned_at, leads, did, did_at, position, hindrances,
    hindered_since, ended_at
FROM sync_parts ORDER BY part, started_at

-- name: flows
SELECT span, since, source, received, stored, repeats, refused, parked FROM sync_flows
WHERE span = 0 OR (span = 1 AND since >= now() - interval '32 minutes') ORDER BY span, since, source

-- name: places
SELECT coalesce(sum(received), 0)::bigint, coalesce(sum(repeats), 0)::bigint FROM sync_places

-- name: unread
SELECT latest.topic, latest.place, latest.end_offset, next_offset, unread, latest.looked_at,
    (SELECT min(looked_at) FROM sync_source_ends AS seen
     WHERE seen.place = latest.place AND seen.end_offset > coalesce(next_offset, 0))
FROM (SELECT DISTINCT ON (place) * FROM sync_source_ends ORDER BY place, looked_at DESC) AS latest
LEFT JOIN sync_places USING (place)

-- name: readers
SELECT name, is_view, position, moved_at, (SELECT recorded_at FROM sync_transactions
    WHERE last_position > position ORDER BY last_position LIMIT 1)
FROM (SELECT view AS name, true AS is_view, position, moved_at FROM sync_views WHERE state = 'live'
    UNION ALL SELECT follower, false, position, said_at FROM sync_followers) AS reader ORDER BY name

-- name: replicas
SELECT portal, state, is_waiting, is_deferred, min(minute), sum(rows)::bigint FROM {replica_ledger}.replicas_by_state
GROUP BY portal, state, is_waiting, is_deferred,
    width_bucket(extract(epoch FROM now() - minute) - 30, ARRAY[60, 600, 3600, 86400]::numeric[])

-- name: people
SELECT portal, rows FROM {replica_ledger}.people_by_portal

-- name: people_waiting
SELECT coalesce((SELECT rows FROM {replica_ledger}.people_waiting), 0)

-- name: oldest
SELECT portal, oldest.* FROM (VALUES ('sovetnmo'), ('edu')) AS portals (portal), LATERAL (
    SELECT owner, requested_at FROM {replica_ledger}.replicas AS replica
    WHERE replica.portal = portals.portal AND is_waiting ORDER BY requested_at LIMIT 1) AS oldest

-- name: answered
SELECT portal, max(latest.since) FROM (VALUES ('sovetnmo'), ('edu')) AS portals (portal),
    (VALUES ('specialist.replica_applied.v1'), ('specialist.replica_rejected.v1'), ('specialist.replica_deferred.v1'))
    AS answers (type), LATERAL (SELECT since FROM {sync_health}.counts WHERE span = 1 AND counts.type = answers.type
    AND source = '/portals/' || portal ORDER BY since DESC LIMIT 1) AS latest GROUP BY portal

-- name: links
SELECT state, rows FROM {link_progress}.links_by_state

-- name: oldest_others
SELECT (SELECT begun_at FROM {link_progress}.links WHERE state = 'backfilling' ORDER BY begun_at LIMIT 1),
    (SELECT min(parked_at) FROM sync_parked WHERE NOT decided)

-- name: happened
WITH wanted (type) AS (VALUES ('specialist.activation_refused.v1'), ('specialist.completion_refused.v1'),
    ('specialist.link_refused.v1'), ('dead_letter.parked.v1'), ('specialist.replica_applied.v1'),
    ('specialist.replica_rejected.v1')),
part (type, source, outcome, kind, day, events) AS (
    SELECT type, source, outcome, 'day', 0, events FROM {sync_health}.counts JOIN wanted USING (type)
    WHERE span = 15 AND since > now() - interval '1 day'
    UNION ALL SELECT type, source, outcome, 'hour', 0, events FROM {sync_health}.counts JOIN wanted USING (type)
    WHERE span = 1 AND since > now() - interval '1 hour'
    UNION ALL SELECT counts.type, source, outcome, 'same_hour', day, events FROM wanted, generate_series(1, 7) AS day,
    LATERAL (SELECT * FROM {sync_health}.counts WHERE span = 15 AND counts.type = wanted.type
        AND since > now() - make_interval(days => day, hours => 1) AND since <= now() - make_interval(days => day))
        AS counts
    UNION ALL SELECT type, source, outcome, 'earlier', (now()::date - since::date), events
    FROM {sync_health}.counts JOIN wanted USING (type)
    WHERE span = 1440 AND since >= now()::date - 14 AND since < now()::date),
summed AS (SELECT type, source, outcome, kind, day, sum(events)::bigint AS events FROM part GROUP BY 1, 2, 3, 4, 5)
SELECT type, source, outcome, coalesce(sum(events) FILTER (WHERE kind = 'day'), 0)::bigint,
    coalesce(sum(events) FILTER (WHERE kind = 'hour'), 0)::bigint,
    jsonb_object_agg(day, events) FILTER (WHERE kind = 'same_hour'),
    jsonb_object_agg(day, events) FILTER (WHERE kind = 'earlier')
FROM summed GROUP BY 1, 2, 3 ORDER BY 1, 2, 3

-- name: letters
SELECT type, sum(events)::bigint FROM {sync_health}.counts WHERE span = 1440 AND type IN ('dead_letter.parked.v1',
    'dead_letter.retried.v1', 'dead_letter.retried_edited.v1', 'dead_letter.discarded.v1', 'dead_letter.superseded.v1') GROUP BY type

-- name: mails
SELECT state, count(*) FROM ((SELECT state FROM sync_notices WHERE state = 'planned' LIMIT %(counted_max)s)
    UNION ALL (SELECT state FROM sync_notices WHERE state IN ('sending', 'parked') LIMIT %(counted_max)s)) AS notice
GROUP BY state

-- name: mails_parked
SELECT coalesce(reason, ''), count(*) FROM (SELECT reason FROM sync_notices WHERE state = 'parked'
    ORDER BY planned_at LIMIT 10000) AS notice GROUP BY 1 ORDER BY 2 DESC

-- name: mail_ends
SELECT (SELECT count(*) FROM (SELECT FROM sync_notices WHERE state = 'sent' AND changed_at > now() - interval '1 day'
    LIMIT %(counted_max)s) AS sent),
    (SELECT changed_at FROM sync_notices WHERE state = 'sent' ORDER BY changed_at DESC LIMIT 1),
    (SELECT next_at FROM sync_notices WHERE state = 'planned' AND next_at <= now() ORDER BY next_at LIMIT 1)

-- name: series
-- (a refused link stands in the histories of both accounts)
SELECT date_bin(make_interval(secs => %(step_s)s), since, 'epoch') AS step, kind, name, sum(count)::bigint FROM (
    SELECT since, 'inflow' AS kind, source AS name, received AS count FROM sync_flows
    WHERE span = %(span)s AND received <> 0 AND since >= date_bin(make_interval(secs => %(step_s)s), now(), 'epoch')
        - make_interval(secs => %(length_s)s - %(step_s)s)
    UNION ALL SELECT since, CASE type WHEN 'dead_letter.parked.v1' THEN 'parked'
        WHEN 'specialist.replica_applied.v1' THEN 'applied' ELSE 'refusals' END, CASE type
        WHEN 'dead_letter.parked.v1' THEN '' WHEN 'specialist.replica_applied.v1' THEN replace(source, '/portals/', '')
        ELSE outcome END, CASE type WHEN 'specialist.link_refused.v1' THEN (events + 1) / 2 ELSE events END
    FROM {sync_health}.counts WHERE span = %(span)s AND type = ANY(ARRAY['specialist.activation_refused.v1',
        'specialist.completion_refused.v1', 'specialist.link_refused.v1', 'dead_letter.parked.v1',
        'specialist.replica_applied.v1']) AND since >= date_bin(make_interval(secs => %(step_s)s), now(), 'epoch')
        - make_interval(secs => %(length_s)s - %(step_s)s)) AS counted
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
