-- A user has another e-mail address, and the earlier one is free at once. old_verified: the user had shown that they
-- receive the mail of the earlier address, which therefore gets a notice. reverts: the change that its owner took
-- back with the link of that notice.
create table log.email_changed_13 (
  id uuid not null,
  user_id uuid not null,
  email text not null,
  old_email text not null,
  old_verified boolean not null,
  reverts uuid,
  recorded_at timestamptz not null,
  position bigint constraint email_changed_13_pkey primary key
);
comment on table log.email_changed_13 is
  'A user got another e-mail address. reverts is the id of the change that this one takes back.';

call log.event_table('email_changed_13', aggregate => 'user', stream => 'user_id');
call log.personal('email_changed_13', person => 'user_id', blanks => $${
  "email": "'forgotten:' || user_id",
  "old_email": "'forgotten:' || user_id"
}$$);

-- Older code without verified addresses may ignore it: it decides nothing on an address but whether a password equals
-- it. Releases 8 and 9 verify the address that they find in the stream. Without this event they would record
-- the earlier one as verified, so they answer unknown_event.
create function log.user_stream_0_ignores(log.email_changed_13) returns void
language sql as '';
create function log.user_stream_1_ignores(log.email_changed_13) returns void
language sql as '';
create function log.user_stream_2_ignores(log.email_changed_13) returns void
language sql as '';
create function log.user_stream_4_ignores(log.email_changed_13) returns void
language sql as '';
