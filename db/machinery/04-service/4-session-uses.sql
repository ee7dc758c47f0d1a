-- Uses of sessions: when each session was last used, to a day, and until when it is valid since.
--
-- They are neither events nor a read table: a use changes nothing that history must keep, and each active session
-- has one every day. Their own schema keeps them out of replay, verify, rebuild and retire. Servers write them in
-- batches, at most once a day (UTC) and session (src/features/sessions/session-uses.ts). Without its row, a session
-- is valid as if it had never been used after its login.

create schema if not exists sessions;
revoke all on schema sessions from public;

-- Made at once and left alone afterwards, so that no write waits for an install.
do $$
begin
  if to_regclass('sessions.uses') is not null then
    return;
  end if;
  create table sessions.uses (
    session_id uuid constraint uses_pkey primary key,
    used_at timestamptz not null,
    expires_at timestamptz not null
  ) with (fillfactor = 90);
  comment on table sessions.uses is
    'The first use of each session on the last day (UTC) on which it was used, and when it expires since. The row '
    'of a session that has ended stays until it would have expired.';
  create index uses_expires_at on sessions.uses (expires_at);
end
$$;
