-- An operator suspended a user: every session ends, no login succeeds and no message of theirs is accepted, on servers
-- of every release. What others received stays. actor is the name of the operator. The stream is not that of the user,
-- so code of older releases, which decides nothing on a suspension, need not read it.
create table log.user_suspended_17 (
  id uuid not null,
  user_id uuid not null,
  reason text not null
    constraint user_suspended_17__reason_malformed check (char_length(reason) <= 1000),
  actor text not null
    constraint user_suspended_17__actor_malformed check (char_length(actor) between 1 and 100),
  recorded_at timestamptz not null,
  position bigint constraint user_suspended_17_pkey primary key
);
comment on table log.user_suspended_17 is
  'An operator suspended a user, who has no session, no login and no new messages until they are reinstated.';

call log.event_table('user_suspended_17', aggregate => 'suspension', stream => 'id');
call log.personal('user_suspended_17', person => 'user_id', blanks => $${"reason": "''"}$$);
