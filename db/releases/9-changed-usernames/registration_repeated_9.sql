-- Someone tried to register with the address of a user. Where responses must not show that the address has
-- an account, this event takes the place of a registration: the log grows by one event in either case. It
-- names the user and not the address, and changes nothing.
create table log.registration_repeated_9 (
  id uuid not null,
  user_id uuid not null,
  recorded_at timestamptz not null,
  position bigint constraint registration_repeated_9_pkey primary key
);
comment on table log.registration_repeated_9 is
  'Someone tried to register with the address of a user, who gets a mail about it.';

call log.event_table('registration_repeated_9', aggregate => 'registration', stream => 'id');
