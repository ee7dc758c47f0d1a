-- Backport: a departed user is not found by the address, and no password is accepted. The row stays, so that the
-- conversations of others do.
create function users_0_on(event log.user_forgotten_12) returns void
language plpgsql
as $$
begin
  update users_0 set email = 'forgotten:' || id, password_hash = '*' where id = event.user_id;
  if not found then
    perform log.refuse('users_0__user_unknown',
      'no user has this id, so no personal data can be erased');
  end if;
end
$$;
