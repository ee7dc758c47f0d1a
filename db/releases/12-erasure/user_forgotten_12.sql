-- The personal data of a user were erased. log.forget appends the event, and replaces the personal data of all
-- earlier events of the user by the values below.
create table log.user_forgotten_12 (
  id uuid not null,
  user_id uuid not null,
  kept text[] not null
    constraint user_forgotten_12__kept_malformed check (kept <@ '{messages}'),
  recorded_at timestamptz not null,
  position bigint constraint user_forgotten_12_pkey primary key
);
comment on table log.user_forgotten_12 is
  'The personal data of a user were erased, except for the parts in kept: {messages} leaves the text of the messages '
  'that the user sent.';

call log.event_table('user_forgotten_12', aggregate => 'user', stream => 'user_id');
call log.personal('user_forgotten_12', person => 'user_id');

-- No older code may ignore the event: it would decide on a user who has departed.

-- No address without an @ can be registered, and no password has the hash *. Both stay as they are.
call log.personal('user_registered_0', person => 'id', blanks => $${
  "email": "'forgotten:' || id",
  "password_hash": "'*'"
}$$);
call log.personal('user_registered_1', person => 'id', blanks => $${
  "email": "'forgotten:' || id",
  "password_hash": "'*'",
  "username": "null"
}$$);
call log.personal('password_changed_2', person => 'user_id', blanks => $${"password_hash": "'*'"}$$);
call log.personal('password_rehashed_4', person => 'user_id', blanks => $${"password_hash": "'*'"}$$);
call log.personal('email_verified_8', person => 'user_id', blanks => $${"email": "'forgotten:' || user_id"}$$);
-- At random: another user could have chosen a name that is made from the id. A replay would refuse the second of
-- the two.
call log.personal('username_changed_9', person => 'user_id', blanks => $${
  "username": "left(translate(gen_random_uuid()::text, '-', ''), 30)"
}$$);

-- Hashes of tokens are unique and have 32 bytes; a position has 8.
call log.personal('session_started_0', person => 'user_id', blanks => $${"token_hash": "int8send(position)"}$$);
call log.personal('session_started_10', person => 'user_id', blanks => $${
  "token_hash": "int8send(position)",
  "user_agent": "null",
  "label": "null"
}$$);
call log.personal('session_labelled_10', person => 'user_id', blanks => $${"label": "null"}$$);
call log.personal('session_ended_0', person => 'user_id');
call log.personal('mail_token_issued_8', person => 'user_id', blanks => $${"token_hash": "int8send(position)"}$$);
call log.personal('registration_repeated_9', person => 'user_id');

-- The service's own user, the same in every database, welcomes users by their names. Such a message is about its
-- recipient and never kept.
call log.personal('message_sent_3',
  person => $$case src_id when 'ea06bd3d-f03a-58c1-bd97-0a26516bd775' then dst_id else src_id end$$,
  blanks => $${
    "content": "case when erasure.kept @> '{messages}' and src_id <> 'ea06bd3d-f03a-58c1-bd97-0a26516bd775' then content else '' end"
  }$$);
call log.personal('message_edited_5', person => 'src_id', blanks => $${
  "content": "case when erasure.kept @> '{messages}' then content else '' end"
}$$);
call log.personal('message_deleted_5', person => 'src_id');
call log.personal('conversation_read_4', person => 'user_id');
call log.personal('user_blocked_6', person => 'user_id');
call log.personal('user_unblocked_6', person => 'user_id');
