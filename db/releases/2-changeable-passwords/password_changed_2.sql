-- A user changed the password. This ends every session of the user except session_id, the one in which
-- it was changed. If session_id is null, it ends all of them.
create table log.password_changed_2 (
  id uuid not null,
  user_id uuid not null,
  password_hash text not null,
  session_id uuid,
  recorded_at timestamptz not null,
  position bigint constraint password_changed_2_pkey primary key
);
comment on table log.password_changed_2 is
  'A user changed the password, which ended every session except session_id.';

call log.event_table('password_changed_2', aggregate => 'user', stream => 'user_id');
