-- The username of a user who left stays reserved for as long as the account can be restored. The time is that of
-- left_users_15, so a restoration never finds it taken.
create function reserved_usernames_14_on(event log.user_left_15) returns void
language plpgsql
as $$
begin
  if event.username is not null then
    insert into reserved_usernames_14 (username, user_id, reserved_until, position)
    values (event.username, event.user_id, event.recorded_at + interval '720 hours', event.position)
    on conflict (username) do update set
      user_id = excluded.user_id, reserved_until = excluded.reserved_until,
      position = excluded.position;
  end if;
end
$$;

create function reserved_usernames_14_on(event log.user_restored_15) returns void
language plpgsql
as $$
begin
  delete from reserved_usernames_14 where username = event.username and user_id = event.user_id;
end
$$;
