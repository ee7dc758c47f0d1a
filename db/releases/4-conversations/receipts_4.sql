-- Receipts: how far a user had read another user's messages, and when they first got there. A message was
-- read with the first receipt at or beyond its position.
create table receipts_4 (
  user_id uuid not null,
  with_id uuid not null,
  up_to_position bigint not null,
  read_at timestamptz not null,
  position bigint not null,
  constraint receipts_4_pkey primary key (user_id, with_id, up_to_position)
);
comment on table receipts_4 is 'Up to which message user_id had read the messages of with_id, and since when.';

-- A receipt that is not beyond an earlier one is skipped: it would give a later time for the same
-- message.
create function receipts_4_on(event log.conversation_read_4) returns void
language plpgsql
as $$
begin
  insert into receipts_4 (user_id, with_id, up_to_position, read_at, position)
  select event.user_id, event.with_id, event.up_to_position, event.recorded_at, event.position
  where not exists (
    select from receipts_4
    where user_id = event.user_id and with_id = event.with_id
      and up_to_position >= event.up_to_position);
end
$$;

create function receipts_4_ignores(
  log.user_registered_0, log.user_registered_1, log.password_changed_2, log.password_rehashed_4,
  log.session_started_0, log.session_ended_0, log.message_sent_3
) returns void
language sql as '';
