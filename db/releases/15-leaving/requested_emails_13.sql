-- A user who left gets no other address. replaced_emails_13 stays as it is: a person who took an account over and
-- then deletes it must not keep the owner from setting the address back, which also restores the account.
create function requested_emails_13_on(event log.user_left_15) returns void
language plpgsql
as $$
begin
  delete from requested_emails_13 where user_id = event.user_id;
end
$$;
