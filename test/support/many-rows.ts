// A database of some size: one user with many rows of every kind among other users who have few. Written through every
// guard and projection, in a statement for the headers of each kind of event and one for their rows.
import type { ClientBase } from 'pg'
import { idOf } from './ids.ts'

/** How many of each there are. */
export interface Size {
  readonly users: number
  /** Messages between random users, beside those of the user with many. */
  readonly messages: number
  /** Sessions, blocks, reports, changes of the password and so on of the user with many, each. */
  readonly ofOne: number
}

/** The user with many rows, who has a conversation with every other user. */
export const theUser = idOf(1)

/** The SQL of the nth id of a kind: one hexadecimal digit. Users have the kind 0, as in `idOf`. */
const id = (kind: string, n: string) =>
  `('${kind}0000000-0000-4000-8000-' || lpad(to_hex(${n}), 12, '0'))::uuid`

/** The nth session of `theUser`, message, report and so on. */
export const nth = (kind: string, n: number) => idOf(n).replace(/^0/, kind)

const user = (n: string) => id('0', n)
const one = `'${theUser}'::uuid`

/** Fills a database in which everything is installed, and analyzes it. */
export async function fillDatabase(client: ClientBase, size: Size): Promise<void> {
  const { users } = size
  const record = (type: string, rows: number, columns: Record<string, string>) =>
    recordEvents(client, type, rows, columns)
  await record('user_registered_1', users, {
    stream_id: user('n'),
    id: user('n'),
    email: `'user' || n || '@example.com'`,
    password_hash: `'hash'`,
    username: `'user' || lpad(n::text, 6, '0')`,
  })
  await record('session_started_10', users, session(id('9', 'n'), user('n'), 'n'))
  await writeMessages(record, size)
  await changeMessages(record, size)
  await writeAccounts(record, size)
  await writeReports(record, size)
  await writeService(client, size)
  await client.query('vacuum analyze')
}

type RecordRows = (type: string, rows: number, columns: Record<string, string>) => Promise<void>

function session(id: string, user: string, token: string): Record<string, string> {
  return {
    stream_id: id,
    id,
    user_id: user,
    token_hash: `sha256((${token})::text::bytea)`,
    expires_at: `timestamptz '2040-01-01'`,
    idle_days: '30',
    ends_at: `timestamptz '2041-01-01'`,
    user_agent: `'Mozilla'`,
    label: 'null::text',
  }
}

async function writeMessages(record: RecordRows, { users, messages }: Size): Promise<void> {
  // Four with each other user: two each way.
  const mine = 4 * (users - 1)
  const other = user(`2 + (n - 1) / 4`)
  await record('message_sent_3', mine, {
    stream_id: id('b', 'n'),
    id: id('b', 'n'),
    src_id: `case when n % 2 = 0 then ${one} else ${other} end`,
    dst_id: `case when n % 2 = 0 then ${other} else ${one} end`,
    // One each way is long.
    content: `'message ' || case when n % 4 in (0, 1) then repeat('x', 6000) else '' end`,
  })
  await record('message_sent_3', messages, {
    stream_id: id('c', 'n'),
    id: id('c', 'n'),
    src_id: user(`2 + (random() * ${users - 2})::int`),
    dst_id: user(`2 + (random() * ${users - 2})::int`),
    content: `'message ' || n`,
  })
}

/** Edits, deletions and receipts of the user with many. */
async function changeMessages(record: RecordRows, { users, ofOne }: Size): Promise<void> {
  const change = {
    stream_id: id('b', '2 * n'),
    stream_version: '2',
    id: id('8', 'n'),
    message_id: id('b', '2 * n'),
    src_id: one,
    dst_id: user(`2 + (2 * n - 1) / 4`),
  }
  const changed = Math.min(ofOne, 2 * (users - 1))
  await record('message_edited_5', changed, {
    ...change,
    content: `'edited ' || repeat('x', 6000)`,
  })
  await record('message_deleted_5', changed >> 2, {
    ...change,
    stream_version: '3',
    id: id('7', 'n'),
  })
  // The first message of a conversation is read, by both.
  await record('conversation_read_4', Math.min(ofOne, users - 1), {
    stream_id: id('6', 'n'),
    id: id('6', 'n'),
    user_id: one,
    with_id: user('n + 1'),
    up_to: id('b', '4 * n - 3'),
    up_to_position: `(select position from read.messages_10 where id = ${id('b', '4 * n - 3')})`,
  })
}

async function writeAccounts(record: RecordRows, { users, ofOne }: Size): Promise<void> {
  const blocked = Math.min(ofOne, users - 1)
  const block = {
    stream_id: id('5', 'n'),
    id: id('5', 'n'),
    user_id: one,
    blocked_id: user('n + 1'),
  }
  await record('user_blocked_6', blocked, block)
  await record('user_unblocked_6', blocked >> 2, { ...block, stream_version: '2' })
  await record('email_verified_8', users >> 1, {
    stream_id: user('n'),
    stream_version: '2',
    id: user('n'),
    user_id: user('n'),
    email: `'user' || n || '@example.com'`,
  })
  await record('password_changed_2', ofOne, {
    stream_id: one,
    stream_version: 'n + 2',
    id: id('3', 'n'),
    user_id: one,
    password_hash: `'hash ' || n`,
    session_id: 'null::uuid',
  })
  // The passwords end the sessions before them.
  await record('session_started_10', ofOne, session(id('a', 'n'), one, '1000000 + n'))
  await record('mail_token_issued_8', users >> 1, {
    stream_id: id('f', 'n'),
    id: id('f', 'n'),
    user_id: user(`${users >> 1} + n`),
    purpose: `'email_verification'`,
    token_hash: `sha256(n::text::bytea)`,
    expires_at: `timestamptz '2040-01-01'`,
  })
}

async function writeReports(record: RecordRows, { users, ofOne }: Size): Promise<void> {
  const ids = { stream_id: id('2', 'n'), id: id('2', 'n') }
  const reports = Math.min(ofOne, users - 1)
  await record('message_reported_17', reports, {
    ...ids,
    user_id: one,
    message_id: id('b', '4 * n - 3'),
    reported_id: user('n + 1'),
    reason: `'reason ' || n`,
  })
  await record('report_settled_17', reports >> 1, {
    stream_id: id('2', 'n'),
    stream_version: '2',
    report_id: id('2', 'n'),
    user_id: one,
    outcome: `'upheld'`,
    actor: `'Ada'`,
    note: `'note'`,
  })
  await record('user_suspended_17', users >> 3, {
    stream_id: id('4', 'n'),
    id: id('4', 'n'),
    user_id: user(`n + ${users >> 1}`),
    reason: `'reason'`,
    actor: `'Ada'`,
  })
  await record('user_left_15', users >> 3, {
    stream_id: user(`n + ${users - (users >> 2)}`),
    stream_version: '2',
    id: id('1', 'n'),
    user_id: user(`n + ${users - (users >> 2)}`),
    email: `'user' || n + ${users - (users >> 2)} || '@example.com'`,
    username: `'user' || lpad((n + ${users - (users >> 2)})::text, 6, '0')`,
  })
}

/** What belongs to no event. */
async function writeService(client: ClientBase, { users, ofOne }: Size): Promise<void> {
  await client.query(
    `insert into sessions.uses
     select id, now() - interval '2 days', '2040-01-01' from read.sessions_10;
     insert into sessions.devices
     select user_id, id::text, id, now() from read.sessions_10;
     insert into sessions.revocation_tokens
     select token_hash, id, user_id, '2040-01-01' from read.sessions_10;
     insert into limits.counts
     select 'key:' || n, 1, 4e12::bigint from generate_series(1, ${10 * users}) n;
     delete from work.tasks;
     insert into work.tasks (process, data, due_at, asked_at)
     select 'welcome_8', '{}', now() + interval '1 day', now() from generate_series(1, ${users}) n;
     insert into work.tasks (process, data, due_at, attempts, last_error, given_up_at)
     select 'welcome_8', '{}', case when n % 2 = 0 then 'infinity' else now() + interval '1 hour' end,
       n % 5 + 1, 'error', case when n % 2 = 0 then now() end
     from generate_series(1, ${ofOne}) n;
     insert into work.acts (actor, act, subject)
     select 'Ada', (array['verify', 'suspend_user', 'settle_report'])[1 + n % 3], n::text
     from generate_series(1, ${users}) n;
     insert into work.act_results (act_id, outcome) select id, 'done' from work.acts;
     insert into work.job_progress select id, 1, 2, 'rows', false from work.acts where act = 'verify';
     insert into work.job_lines (act_id, line, text)
     select id, line, 'line' from work.acts, generate_series(1, 10) line where act = 'verify'`,
  )
}

/**
 * Records `rows` events of a type. `columns` are SQL of their number `n` for each column of the table, and for
 * `stream_id` and `stream_version` (1 if absent).
 */
async function recordEvents(
  client: ClientBase,
  type: string,
  rows: number,
  { stream_id = '', stream_version = '1', ...columns }: Record<string, string>,
): Promise<void> {
  const names = Object.keys(columns)
  await client.query(
    `begin;
     create temp table recorded on commit drop as
     select n, ${stream_id} as in_stream, ${stream_version} as in_version, ${names
       .map((name) => `${columns[name]} as ${name}`)
       .join(', ')}
     from generate_series(1, ${rows}) n;
     insert into log.events (stream_id, stream_version, type, recorded_at)
     select in_stream, in_version, '${type}', recorded_at
     from (select log.next_recorded_at() as recorded_at offset 0) now, recorded order by n;
     insert into log.${type} (${names.join(', ')}, recorded_at, position)
     select ${names.map((name) => `r.${name}`).join(', ')}, e.recorded_at, e.position
     from recorded r join log.events e on e.stream_id = r.in_stream and e.stream_version = r.in_version
     order by e.position;
     commit`,
  )
}
