-- The recipient of a message reported it to the operators. id is that of the report; reported_id is the sender.
create table log.message_reported_17 (
  id uuid not null,
  user_id uuid not null,
  message_id uuid not null,
  reported_id uuid not null,
  reason text not null
    constraint message_reported_17__reason_malformed check (char_length(reason) <= 1000),
  recorded_at timestamptz not null,
  position bigint constraint message_reported_17_pkey primary key
);
comment on table log.message_reported_17 is
  'The user user_id reported a message that the user reported_id had sent to them.';

call log.event_table('message_reported_17', aggregate => 'report', stream => 'id');
-- The text is about its author: the reporter.
call log.personal('message_reported_17', person => 'user_id', blanks => $${"reason": "''"}$$);
