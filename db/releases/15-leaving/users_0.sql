-- Backport: a user who left is found by no address, and no password is accepted. The address is free for
-- others. The row stays, so that the conversations of others do.
create function users_0_on(event log.user_left_15) returns void
language plpgsql
as $$
begin
  update users_0 set email = 'left:' || id, password_hash = '*' where id = event.user_id;
  if not found then
    perform log.refuse('users_0__user_unknown', 'no user has this id, so no account can be deleted');
  end if;
end
$$;

create function users_0_on(event log.user_restored_15) returns void
language plpgsql
as $$
begin
  update users_0 set email = event.email, password_hash = event.password_hash
  where id = event.user_id;
  if not found then
    perform log.refuse('users_0__user_unknown', 'no user has this id, so no account can be restored');
  end if;
end
$$;
