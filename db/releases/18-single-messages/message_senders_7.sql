-- One message that is appended alone. Nearly always its sender is there already; the array form inserts a new one. The
-- append has enable_seqscan off, so the look-up needs no setting of its own.
create function message_senders_7_on(event log.message_sent_3) returns void
language plpgsql
as $$
begin
  if not exists (
      select from message_senders_7 there
      where there.day = (event.recorded_at at time zone 'UTC')::date
        and there.user_id = event.src_id) then
    perform message_senders_7_on(array[event]);
  end if;
end
$$;
