-- Backport: users_2, which release 4 goes on reading, has the dearer hash as soon as it is there.
create function users_2_on(event log.password_rehashed_4) returns void
language plpgsql
as $$
begin
  update users_2 set password_hash = event.password_hash where id = event.user_id;
  if not found then
    raise foreign_key_violation using
      schema = 'read', table = 'users_2', constraint = 'users_2__user_unknown',
      message = 'somebody who never registered has no password to hash anew';
  end if;
end
$$;
