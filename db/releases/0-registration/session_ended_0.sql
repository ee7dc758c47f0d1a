-- A user ended a session: by logging out in it, or from another session.
create table log.session_ended_0 (
  id uuid not null,
  user_id uuid not null,
  recorded_at timestamptz not null,
  position bigint constraint session_ended_0_pkey primary key
);
comment on table log.session_ended_0 is 'A user ended the session id.';

call log.event_table('session_ended_0', aggregate => 'session', stream => 'id');
