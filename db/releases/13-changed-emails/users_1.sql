-- Backport: servers of release 1 log users in by their new address, and users_1 frees the earlier one.
create function users_1_on(event log.email_changed_13) returns void
language plpgsql
as $$
begin
  update users_1 set email = event.email where id = event.user_id;
  if not found then
    perform log.refuse('users_1__user_unknown',
      'no user has this id, so no address can be changed');
  end if;
end
$$;
