// One call of log.append as the service makes it: by name, prepared once a connection.
import type { ClientBase } from 'pg'
import type { AppendRequest, AppendResult } from '../support/append-requests.ts'

/** Appends commands in one transaction. Throws where one is refused, for none of the bench's may be. */
export async function append(
  client: ClientBase,
  commands: readonly AppendRequest[],
): Promise<void> {
  const { rows } = await client.query<{ verdicts: AppendResult[] }>({
    name: 'log.append',
    text: 'select log.append($1::jsonb) as verdicts',
    values: [JSON.stringify(commands)],
  })
  const refused = rows[0]?.verdicts.find((verdict) => !verdict?.position)
  if (refused !== undefined) throw new Error(`a command was refused: ${JSON.stringify(refused)}`)
}
