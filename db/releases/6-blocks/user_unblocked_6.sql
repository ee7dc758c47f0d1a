-- A user accepts messages from another user again.
create table log.user_unblocked_6 (
  id uuid not null,
  user_id uuid not null,
  blocked_id uuid not null,
  recorded_at timestamptz not null,
  position bigint constraint user_unblocked_6_pkey primary key
);
comment on table log.user_unblocked_6 is
  'The user user_id accepts messages from the user blocked_id again.';

call log.event_table('user_unblocked_6', aggregate => 'block', stream => 'id');
