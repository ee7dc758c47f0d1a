-- An operator ended the suspension of a user, who can log in again. Sessions do not come back.
create table log.user_reinstated_17 (
  id uuid not null,
  user_id uuid not null,
  actor text not null
    constraint user_reinstated_17__actor_malformed check (char_length(actor) between 1 and 100),
  recorded_at timestamptz not null,
  position bigint constraint user_reinstated_17_pkey primary key
);
comment on table log.user_reinstated_17 is 'An operator ended the suspension of a user.';

call log.event_table('user_reinstated_17', aggregate => 'suspension', stream => 'id');
call log.personal('user_reinstated_17', person => 'user_id');
