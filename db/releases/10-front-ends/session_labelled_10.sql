-- A user gave a session a label, such as "the old laptop", or removed it.
create table log.session_labelled_10 (
  id uuid not null,
  user_id uuid not null,
  label text
    constraint session_labelled_10__label_malformed check (char_length(label) between 1 and 100),
  recorded_at timestamptz not null,
  position bigint constraint session_labelled_10_pkey primary key
);
comment on table log.session_labelled_10 is 'A user labelled the session id; null removes its label.';

call log.event_table('session_labelled_10', aggregate => 'session', stream => 'id');

-- Older code decides nothing on a label.
create function log.session_stream_0_ignores(log.session_labelled_10) returns void
language sql as '';
