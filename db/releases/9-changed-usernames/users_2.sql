-- Backport: release 9 still reads users_2, which frees the earlier username.
create function users_2_on(event log.username_changed_9) returns void
language plpgsql
as $$
begin
  update users_2 set username = event.username where id = event.user_id;
  if not found then
    perform log.refuse('users_2__user_unknown',
      'no user has this id, so no username can be changed');
  end if;
end
$$;
