-- A user blocked another user. The stream is what one user accepts from one other user.
create table log.user_blocked_6 (
  id uuid not null,
  user_id uuid not null,
  blocked_id uuid not null,
  recorded_at timestamptz not null,
  position bigint constraint user_blocked_6_pkey primary key,
  constraint user_blocked_6__block_malformed check (user_id <> blocked_id)
);
comment on table log.user_blocked_6 is 'The user user_id accepts no messages from the user blocked_id.';

call log.event_table('user_blocked_6', aggregate => 'block', stream => 'id');
