-- Backport: servers of release 1 refuse the old password, and take the new one.
create function users_1_on(event log.password_changed_2) returns void
language plpgsql
as $$
begin
  update users_1 set password_hash = event.password_hash where id = event.user_id;
  if not found then
    raise foreign_key_violation using
      schema = 'read', table = 'users_1', constraint = 'users_1__user_unknown',
      message = 'the password of somebody who never registered cannot change';
  end if;
end
$$;
