-- An operator settled a report. user_id is the reporter, whom the event is about. actor is the name of the operator.
create table log.report_settled_17 (
  report_id uuid not null,
  user_id uuid not null,
  outcome text not null
    constraint report_settled_17__outcome_malformed check (outcome in ('upheld', 'dismissed')),
  actor text not null
    constraint report_settled_17__actor_malformed check (char_length(actor) between 1 and 100),
  note text
    constraint report_settled_17__note_malformed check (char_length(note) <= 1000),
  recorded_at timestamptz not null,
  position bigint constraint report_settled_17_pkey primary key
);
comment on table log.report_settled_17 is 'An operator settled the report report_id of the user user_id.';

call log.event_table('report_settled_17', aggregate => 'report', stream => 'report_id');
call log.personal('report_settled_17', person => 'user_id', blanks => $${"note": "null"}$$);
