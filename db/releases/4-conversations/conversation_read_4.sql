-- A user read another user's messages, up to and including one of them. up_to_position is the position of
-- that message: the event itself must state how much was read, since a projection may not look among the
-- messages. The stream is one user's reading of one other user's messages.
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
  'The user user_id read the messages of the user with_id, up to and including the message up_to.';

call log.event_table('conversation_read_4', aggregate => 'conversation', stream => 'id');

-- For live updates, which send both users the events that they missed.
create index conversation_read_4_by_reader on log.conversation_read_4 (user_id, position);
create index conversation_read_4_by_writer on log.conversation_read_4 (with_id, position);
