-- Backport: servers of release 1 may go on with either hash; users_1 agrees with users_2, so that it
-- can become a view of it.
create function users_1_on(event log.password_rehashed_4) returns void
language plpgsql
as $$
begin
  update users_1 set password_hash = event.password_hash where id = event.user_id;
  if not found then
    raise foreign_key_violation using
      schema = 'read', table = 'users_1', constraint = 'users_1__user_unknown',
      message = 'somebody who never registered has no password to hash anew';
  end if;
end
$$;
