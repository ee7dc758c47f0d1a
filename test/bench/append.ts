// Calls log.append as the service does: with a named statement, prepared once per connection.
import type { ClientBase } from 'pg'
import type { AppendRequest, AppendResult } from '../support/append-requests.ts'

/** Appends requests in one transaction. Throws if one is rejected: no request of a bench may be. */
export async function append(
  client: ClientBase,
  requests: readonly AppendRequest[],
): Promise<void> {
  const { rows } = await client.query<{ results: AppendResult[] }>({
    name: 'log.append',
    text: 'select log.append($1::jsonb) as results',
    values: [JSON.stringify(requests)],
  })
  const rejected = rows[0]?.results.find((result) => !result?.position)
  if (rejected !== undefined) {
    throw new Error(`an append request was rejected: ${JSON.stringify(rejected)}`)
  }
}
