-- A user changed the password. Every session of the user ends with it but session_id, the one in
-- which it was done (null: none stays).
create table log.password_changed_2 (
  id uuid not null,
  user_id uuid not null,
  password_hash text not null,
  session_id uuid,
  recorded_at timestamptz not null,
  position bigint constraint password_changed_2_pkey primary key
);
comment on table log.password_changed_2 is
  'A user changed the password, which ended every session but session_id.';

call log.event_table('password_changed_2', aggregate => 'user', stream => 'user_id');
