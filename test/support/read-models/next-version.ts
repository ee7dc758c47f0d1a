// The version of the next event of a stream.
import type { ClientBase } from 'pg'

export async function nextVersion(client: ClientBase, stream: string): Promise<number> {
  const { rows } = await client.query<{ next: number }>(
    'select coalesce(max(stream_version), 0) + 1 as next from log.events where stream_id = $1',
    [stream],
  )
  return rows[0]?.next ?? 1
}
