-- Reports of messages, for the operators. A message can have one open report by its recipient, and another after that
-- one was settled.
create table reports_17 (
  id uuid constraint reports_17_pkey primary key,
  user_id uuid not null constraint reports_17__user_unknown references user_ids_0,
  message_id uuid not null,
  reported_id uuid not null constraint reports_17__not_found references user_ids_0,
  reason text not null,
  reported_at timestamptz not null,
  outcome text,
  actor text,
  note text,
  settled_at timestamptz,
  position bigint not null
);
comment on table reports_17 is
  'Messages that their recipient user_id reported; outcome, actor, note and settled_at once an operator settled it.';
create unique index reports_17__already_reported on reports_17 (message_id, user_id) where settled_at is null;
create index reports_17_by_reported on reports_17 (reported_id, position);
create index reports_17_by_user on reports_17 (user_id);
create index reports_17_open on reports_17 (position) where settled_at is null;
create index reports_17_settled on reports_17 (settled_at, id) where settled_at is not null;

create function reports_17_on(event log.message_reported_17) returns void
language plpgsql
as $$
begin
  insert into reports_17 (id, user_id, message_id, reported_id, reason, reported_at, position)
  values (event.id, event.user_id, event.message_id, event.reported_id, event.reason, event.recorded_at,
    event.position);
end
$$;

create function reports_17_on(event log.report_settled_17) returns void
language plpgsql
as $$
begin
  update reports_17
  set outcome = event.outcome, actor = event.actor, note = event.note, settled_at = event.recorded_at
  -- With `is true`, only the primary key fits, and not the index of a user's or of all open reports.
  where id = event.report_id and (user_id = event.user_id and settled_at is null) is true;
  if not found then
    perform log.refuse('reports_17__not_found', 'there is no such report that is open');
  end if;
end
$$;

-- The texts are the reporter's data. That a message was reported is about its sender, and stays.
create function reports_17_on(event log.user_forgotten_12) returns void
language plpgsql
as $$
begin
  update reports_17 set reason = '', note = null where user_id = event.user_id;
end
$$;

create function reports_17_ignores(
  log.user_registered_0, log.user_registered_1, log.password_changed_2, log.session_started_0,
  log.session_ended_0, log.message_sent_3, log.password_rehashed_4, log.conversation_read_4,
  log.message_edited_5, log.message_deleted_5, log.user_blocked_6, log.user_unblocked_6,
  log.mail_token_issued_8, log.email_verified_8, log.username_changed_9,
  log.registration_repeated_9, log.session_started_10, log.session_labelled_10,
  log.email_change_requested_13, log.email_changed_13, log.email_reversal_offered_13,
  log.username_changed_14, log.user_left_15, log.user_restored_15, log.restoration_offered_15,
  log.user_suspended_17, log.user_reinstated_17
) returns void
language sql as '';
