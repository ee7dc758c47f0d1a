// Appends through the service's own code: the function of the event type, or log.append for a mixed batch.
import type { ClientBase } from 'pg'
import { append as appendToLog } from '../../src/platform/event-store/append.ts'
import type { AppendRequest } from '../../src/platform/event-store/append-request.ts'
import { commandSession, type Session } from '../../src/platform/postgres/session.ts'

/** The settings of a server's connection for appends on which plans depend, under the login's own role. */
export const writerSession: Session = { ...commandSession, findsByKey: true, keepsPlans: true }

/** Appends requests in one transaction. Throws if one is rejected: no request of a bench may be. */
export async function append(
  client: ClientBase,
  requests: readonly AppendRequest[],
): Promise<void> {
  const { results } = await appendToLog(client, requests)
  const rejected = results.find((result) => !(result && 'position' in result))
  if (rejected !== undefined) {
    throw new Error(`an append request was rejected: ${JSON.stringify(rejected)}`)
  }
}
