-- Backport: a departed user is found by neither the address nor the username, and no password is accepted. The row
-- stays, so that the conversations of others do.
create function users_1_on(event log.user_forgotten_12) returns void
language plpgsql
as $$
begin
  update users_1 set email = 'forgotten:' || id, password_hash = '*', username = null where id = event.user_id;
  if not found then
    perform log.refuse('users_1__user_unknown',
      'no user has this id, so no personal data can be erased');
  end if;
end
$$;
