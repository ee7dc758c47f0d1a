// A past for the log: registrations and messages with times of earlier days. The log's guards accept
// them as long as no time is earlier than that of the event before.
import type { ClientBase } from 'pg'

/** A registration or a message, at a time that is not earlier than that of the event before. */
export type Past = { readonly at: Date | string } & (
  | { readonly registers: string }
  | { readonly from: string; readonly to: string }
)

/** Appends the events; consecutive events of one kind share a statement, as in a batch of the service. */
export async function writePast(client: ClientBase, events: readonly Past[]): Promise<void> {
  for (const run of runs(events)) {
    const type = 'registers' in (run[0] as Past) ? 'user_registered_0' : 'message_sent_3'
    await client.query('begin')
    const { rows } = await client.query<{ position: string }>(
      `insert into log.events (stream_id, stream_version, type, recorded_at)
       select coalesce(stream_id, log.uuid_v7()), 1, $1, at
       from unnest($2::uuid[], $3::timestamptz[]) with ordinality e (stream_id, at, n) order by n
       returning position`,
      [type, run.map((e) => ('registers' in e ? e.registers : null)), run.map(({ at }) => at)],
    )
    const row =
      type === 'user_registered_0'
        ? `stream_id, stream_id || '@example.org', 'hash'`
        : `stream_id, ($2::uuid[])[n], ($3::uuid[])[n], 'Hello'`
    await client.query(
      `insert into log.${type}
       select ${row}, recorded_at, position
       from unnest($1::bigint[], $2::uuid[], $3::uuid[]) with ordinality p (position, a, b, n)
       join log.events using (position) order by position`,
      [
        rows.map(({ position }) => position),
        run.map((e) => ('from' in e ? e.from : null)),
        run.map((e) => ('to' in e ? e.to : null)),
      ],
    )
    await client.query('commit')
  }
}

/** Groups consecutive events of one kind. */
function runs(events: readonly Past[]): Past[][] {
  const all: Past[][] = []
  for (const event of events) {
    const last = all.at(-1)
    if (last?.[0] && 'registers' in last[0] === 'registers' in event) last.push(event)
    else all.push([event])
  }
  return all
}
