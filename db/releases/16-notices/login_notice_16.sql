-- A user gets a mail about a login from a device that they have not used for 90 days. The server reports the device in
-- the metadata of the event (src/features/sessions/device.ts). Servers of earlier releases report none; their logins
-- cause no notice. Nor does the first login that is recorded here: the first one after the registration, or after this
-- release was installed.
-- Every writer of the log holds the append lock, so of two logins from one device at once only one finds it unused.
create function work.login_notice_16_on(event log.session_started_10) returns void
language plpgsql
as $$
declare
  v_device text := (select metadata ->> 'device' from log.events where position = event.position);
  v_since timestamptz := event.recorded_at - interval '90 days';
  v_is_due boolean;
begin
  if v_device is null then
    return;
  end if;
  v_is_due := exists (select from sessions.devices where user_id = event.user_id)
    and not exists (
      select from sessions.devices
      where user_id = event.user_id and device = v_device and used_at > v_since);
  insert into sessions.devices (user_id, device, session_id, used_at)
  values (event.user_id, v_device, event.id, event.recorded_at)
  on conflict (user_id, device) do update set
    session_id = excluded.session_id, used_at = excluded.used_at;
  delete from sessions.devices
  where user_id = event.user_id and device <> v_device and used_at <= v_since;
  if v_is_due then
    perform work.add('login_notice_16', event.position,
      jsonb_build_object('userId', event.user_id, 'sessionId', event.id));
  end if;
end
$$;
