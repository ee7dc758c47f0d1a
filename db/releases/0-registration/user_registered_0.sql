-- A person registered, in the shape of release 0.
create table log.user_registered_0 (
  id uuid not null,
  email text not null,
  password_hash text not null,
  recorded_at timestamptz not null,
  position bigint constraint user_registered_0_pkey primary key
);
comment on table log.user_registered_0 is 'A person registered with an e-mail address.';

call log.event_table('user_registered_0', aggregate => 'user', stream => 'id');
