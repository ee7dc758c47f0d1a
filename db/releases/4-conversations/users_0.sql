-- Backport: servers of release 0 accept either hash. users_0 agrees with users_2, so that it can become a
-- view of it.
create function users_0_on(event log.password_rehashed_4) returns void
language plpgsql
as $$
begin
  update users_0 set password_hash = event.password_hash where id = event.user_id;
  if not found then
    perform log.refuse('users_0__user_unknown',
      'no user has this id, so no password can be hashed again');
  end if;
end
$$;
