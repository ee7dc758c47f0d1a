-- Backport: servers of release 0 refuse the old password, and take the new one.
create function users_0_on(event log.password_changed_2) returns void
language plpgsql
as $$
begin
  update users_0 set password_hash = event.password_hash where id = event.user_id;
  if not found then
    raise foreign_key_violation using
      schema = 'read', table = 'users_0', constraint = 'users_0__user_unknown',
      message = 'the password of somebody who never registered cannot change';
  end if;
end
$$;
