-- A user logged in. From release 10 on a session slides: each use moves its expiry. The event holds the rule, so
-- that every server and the log apply the same one, whatever the settings of a server are now.
create table log.session_started_10 (
  id uuid not null,
  user_id uuid not null,
  token_hash bytea not null,
  expires_at timestamptz not null
    constraint session_started_10__expiry_malformed
      check (expires_at between '0001-01-01 00:00:00+00' and '9999-12-31 23:59:59.999+00'),
  idle_days int
    constraint session_started_10__idle_days_malformed check (idle_days between 1 and 10000),
  ends_at timestamptz
    constraint session_started_10__end_malformed
      check (ends_at between expires_at and '9999-12-31 23:59:59.999+00'),
  user_agent text
    constraint session_started_10__user_agent_malformed check (char_length(user_agent) <= 256),
  label text
    constraint session_started_10__label_malformed check (char_length(label) between 1 and 100),
  recorded_at timestamptz not null,
  position bigint constraint session_started_10_pkey primary key
);
comment on table log.session_started_10 is
  'A user logged in. expires_at is the expiry without any further use. A use moves it to idle_days after the end '
  'of the day (UTC) of the use (null: no use moves it), but not beyond ends_at (null: no such bound).';

call log.event_table('session_started_10', aggregate => 'session', stream => 'id');

-- The upcast: a session of an older server ends at the time in the response to its login, even if it is used.
create function log.session_started_10(event log.session_started_0) returns log.session_started_10
language sql immutable
as $$
  select event.id, event.user_id, event.token_hash, event.expires_at, null::int, event.expires_at,
    null::text, null::text, event.recorded_at, event.position
$$;

-- The downcast: older servers see no uses, so for them a session lasts for its first period. A use only moves the
-- expiry to a later time, so no older server accepts a session that has ended by the rules of release 10.
create function log.session_started_0(event log.session_started_10) returns log.session_started_0
language sql immutable
as $$
  select event.id, event.user_id, event.token_hash, event.expires_at, event.recorded_at,
    event.position
$$;
