-- One message that is appended alone: the same as an array of one, without unnest and groups.
create function message_statistics_7_on(event log.message_sent_3) returns void
language plpgsql
as $$
begin
  insert into message_statistics_7 (day, block, messages_sent, new_users)
  values ((event.recorded_at at time zone 'UTC')::date, event.position / 4096, 1, 0)
  on conflict on constraint message_statistics_7_pkey
  do update set messages_sent = message_statistics_7.messages_sent + excluded.messages_sent;
end
$$;
