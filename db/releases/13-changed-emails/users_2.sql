-- Backport: servers of releases 2 to 13 read users_2, which has the new address and frees the earlier one.
create function users_2_on(event log.email_changed_13) returns void
language plpgsql
as $$
begin
  update users_2 set email = event.email where id = event.user_id;
  if not found then
    perform log.refuse('users_2__user_unknown',
      'no user has this id, so no address can be changed');
  end if;
end
$$;
