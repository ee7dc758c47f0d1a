-- Backport: servers of release 1 reject the old password and accept the new one.
create function users_1_on(event log.password_changed_2) returns void
language plpgsql
as $$
begin
  update users_1 set password_hash = event.password_hash where id = event.user_id;
  if not found then
    perform log.refuse('users_1__user_unknown',
      'no user has this id, so no password can be changed');
  end if;
end
$$;
