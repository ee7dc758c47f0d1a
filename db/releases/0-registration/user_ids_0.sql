-- Identity table: the id of every user. It only grows and never changes shape, so that other tables can
-- refer to it and no new version of users forces a new version of them.
create table user_ids_0 (
  id uuid constraint user_ids_0_pkey primary key
);
comment on table user_ids_0 is 'The id of every user who ever registered.';

create function user_ids_0_on(event log.user_registered_0) returns void
language plpgsql
as $$
begin
  insert into user_ids_0 (id) values (event.id);
end
$$;

create function user_ids_0_ignores(log.session_started_0, log.session_ended_0) returns void
language sql as '';
