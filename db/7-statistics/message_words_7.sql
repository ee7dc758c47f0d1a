-- The words of each message as it is now, and whose it is, for full-text search. Sender and recipient are
-- words like any other, so that one index finds the messages of a user that hold a word without a look
-- at those of others. They begin with a space, as no word of a message can.
--
-- Punctuation separates words. PostgreSQL's parser would find addresses and file names in it, and takes a
-- second for 10,000 characters of "a_a_a_", under the append lock; and where the LC_CTYPE of the
-- database is C it takes all that is not ASCII for letters, whose capitals it does not know.
create table message_words_7 (
  id uuid constraint message_words_7_pkey primary key,
  words tsvector not null,
  position bigint not null
);
comment on table message_words_7 is 'What the messages that are not deleted can be found by.';

-- New entries gather to a megabyte, some 2,500 messages, before they are merged into the index, and a
-- search reads them one by one. On an index of 300,000 messages each costs 78 µs so, 155 with 256 kB
-- and 68 with the usual 4 MB; merged at once, 200 on a smaller one.
create index message_words_7_found on message_words_7
  using gin (words) with (gin_pending_list_limit = 1024);

-- Many at once: a run holds no two events of one message.
create function message_words_7_on(events log.message_sent_3[]) returns void
language plpgsql
as $$
begin
  insert into message_words_7 (id, words, position)
  select id,
    array_to_tsvector(array[' from ' || src_id, ' to ' || dst_id]) || to_tsvector('simple',
      translate(content, $marks$!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~“”„‘’‚«»‹›–—…·•¡¿$marks$, repeat(' ', 64))),
    position
  from unnest(events);
end
$$;

-- That a message is there, and is theirs, to be edited or deleted is for the table of messages to refuse.
create function message_words_7_on(event log.message_edited_5) returns void
language plpgsql
as $$
begin
  update message_words_7 set words =
    array_to_tsvector(array[' from ' || event.src_id, ' to ' || event.dst_id]) || to_tsvector('simple',
      translate(event.content, $marks$!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~“”„‘’‚«»‹›–—…·•¡¿$marks$,
        repeat(' ', 64)))
  where id = event.message_id;
end
$$;

create function message_words_7_on(event log.message_deleted_5) returns void
language plpgsql
as $$
begin
  delete from message_words_7 where id = event.message_id;
end
$$;

create function message_words_7_ignores(
  log.user_registered_0, log.user_registered_1, log.password_changed_2, log.password_rehashed_4,
  log.session_started_0, log.session_ended_0, log.conversation_read_4,
  log.user_blocked_6, log.user_unblocked_6
) returns void
language sql as '';
