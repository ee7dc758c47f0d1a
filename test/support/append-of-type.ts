// Append requests sent as a server sends them: one event by log.append1_<type>, several single events of one type by
// log.append_<type>, others by log.append.
import { randomUUID } from 'node:crypto'
import type { ClientBase } from 'pg'
import { append } from '../../src/platform/event-store/append.ts'
import type {
  AppendRequest as ServerRequest,
  AppendResult as ServerResult,
} from '../../src/platform/event-store/append-request.ts'
import type { AppendRequest } from './append-requests.ts'

export async function appendAsServer(
  client: ClientBase,
  requests: readonly AppendRequest[],
): Promise<readonly ServerResult[]> {
  return (await append(client, requests.map(toServerRequest))).results
}

function toServerRequest(request: AppendRequest): ServerRequest {
  const { events, expects = [] } = request
  return {
    streams: events.map(({ stream_id }) => stream_id),
    actor: '',
    events: events.length,
    size: 0,
    lastId: '',
    single: (events.length === 1
      ? { id: randomUUID(), ...events[0] }
      : undefined) as ServerRequest['single'],
    expects: expects as ServerRequest['expects'],
    json: JSON.stringify(request),
  }
}

/** Counts the calls of log.append1_<type>, log.append_<type> and log.append that a client sends from now on. */
export function countCalls(client: ClientBase) {
  const calls = { ofOne: 0, ofType: 0, general: 0 }
  const query = client.query.bind(client) as (...all: unknown[]) => unknown
  Object.assign(client, {
    query: (config: { text?: string }, ...more: unknown[]) => {
      if (config.text?.startsWith('select log.append1_')) calls.ofOne += 1
      else if (config.text?.startsWith('select log.append_')) calls.ofType += 1
      else if (config.text?.includes('log.append(')) calls.general += 1
      return query(config, ...more)
    },
  })
  return calls
}

/** Appends messages of one user to another by the function itself, with the ids of their headers. */
export function messagesOf(from: string, to: string) {
  return (
    on: ClientBase,
    ids: readonly (string | null)[],
    streams: readonly string[] = ids.map(() => randomUUID()),
  ) =>
    on.query(
      `select log.append_message_sent_3($1, array_fill(1, array[$3::int]),
         array_fill('{}'::jsonb, array[$3]), null, null, $2, array_fill($4::uuid, array[$3]),
         array_fill($5::uuid, array[$3]), array_fill('x'::text, array[$3])) as appended`,
      [ids, streams, ids.length, from, to],
    )
}

/** Appends one message by the function for one event, called like those of `messagesOf`. */
export function messageOf(from: string, to: string) {
  return (
    on: ClientBase,
    [id]: readonly (string | null)[],
    [stream]: readonly string[] = [randomUUID()],
  ) =>
    on.query(
      `select log.append1_message_sent_3($1, 1, '{}', null, null, $2, $3, $4, 'x') as appended`,
      [id, stream, from, to],
    )
}
