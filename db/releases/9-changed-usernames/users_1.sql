-- Backport: servers of release 1 show the new username, and users_1 frees the earlier one.
create function users_1_on(event log.username_changed_9) returns void
language plpgsql
as $$
begin
  update users_1 set username = event.username where id = event.user_id;
  if not found then
    perform log.refuse('users_1__user_unknown',
      'no user has this id, so no username can be changed');
  end if;
end
$$;
