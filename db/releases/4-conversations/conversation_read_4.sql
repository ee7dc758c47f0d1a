-- A user read what another one wrote, up to a message of theirs and with it. The position is that
-- message's: how much was read must be told by the event alone, since no projection may look for it
-- among the messages. The stream is one user's reading of what one other writes.
create table log.conversation_read_4 (
  id uuid not null,
  user_id uuid not null,
  with_id uuid not null,
  up_to uuid not null,
  up_to_position bigint not null
    constraint conversation_read_4__up_to_malformed check (up_to_position between 1 and position - 1),
  recorded_at timestamptz not null,
  position bigint constraint conversation_read_4_pkey primary key
);
comment on table log.conversation_read_4 is
  'The user user_id read what the user with_id wrote, up to the message up_to.';

call log.event_table('conversation_read_4', aggregate => 'conversation', stream => 'id');

-- For the live stream, which tells both of the two what they missed.
create index conversation_read_4_by_reader on log.conversation_read_4 (user_id, position);
create index conversation_read_4_by_writer on log.conversation_read_4 (with_id, position);
