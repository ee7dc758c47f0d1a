-- Backport: release 4 still reads users_2, which gets the more costly hash at once.
create function users_2_on(event log.password_rehashed_4) returns void
language plpgsql
as $$
begin
  update users_2 set password_hash = event.password_hash where id = event.user_id;
  if not found then
    perform log.refuse('users_2__user_unknown',
      'no user has this id, so no password can be hashed again');
  end if;
end
$$;
