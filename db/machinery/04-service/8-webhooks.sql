-- Webhooks: the endpoints of other systems that get each event by HTTP, and how far each of them is.
--
-- A row is an endpoint and its cursor. A worker keeps the row locked while it delivers one event, and moves the cursor
-- in the same transaction. So two workers never deliver to one endpoint at once, and the death of a worker repeats
-- at most one event (src/platform/webhooks/). Operators write the rows with `epistle webhook`. They are neither events
-- nor a read table.

-- Made at once and left alone afterwards. The signing secrets are needed as they are: a hash could sign nothing.
do $$
begin
  if to_regclass('work.webhooks') is not null then
    return;
  end if;
  create table work.webhooks (
    name text constraint webhooks_pkey primary key,
    url text not null,
    types text[],
    personal boolean not null,
    secret text not null,
    old_secret text,
    old_secret_until timestamptz,
    position bigint not null,
    created_at timestamptz not null default clock_timestamp(),
    attempted_at timestamptz,
    due_at timestamptz not null default clock_timestamp(),
    attempts int not null default 0,
    failing_since timestamptz,
    last_error text,
    disabled_at timestamptz,
    disabled_because text
  ) with (fillfactor = 50);
  comment on table work.webhooks is
    'Endpoints that get events by HTTP, in the order of the log. types are the published types, null for all; personal '
    'is the scope for personal data. position is that of the last event that the endpoint has. attempts counts the '
    'failures with the next event, which is tried again at due_at.';
end
$$;
