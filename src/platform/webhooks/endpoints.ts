/**
 * The endpoints of webhooks, as operators manage them. A change waits until a worker that delivers to the endpoint is
 * done, seconds at most, so the worker never overwrites it.
 */

import type { ClientBase } from 'pg'
import { findEndOfLog } from '../standby-reads/await-position.ts'
import { taskChannel } from '../task-queue/task.ts'
import { newSecret } from './signature.ts'

export interface Endpoint {
  readonly name: string
  readonly url: string
  /** The published types it gets; null for all. */
  readonly types: readonly string[] | null
  /** Whether it gets personal data. */
  readonly personal: boolean
  /** The position of the last event it has. */
  readonly position: string
  /** How many positions of the log are after it. */
  readonly behind: string
  readonly attempts: number
  readonly failingSince: Date | null
  /** When it is tried again; null while it does not fail. */
  readonly retryAt: Date | null
  readonly lastError: string | null
  readonly disabledAt: Date | null
  readonly disabledBecause: string | null
}

/** Why an endpoint is disabled that no failure disabled. */
export const byOperator = 'an operator disabled it'

/** An act on an endpoint is not possible. The message contains the reason. */
export class EndpointError extends Error {
  override readonly name = 'EndpointError'
}

/** Throws EndpointError where no endpoint has the name. */
export async function requireEndpoint(client: ClientBase, name: string): Promise<void> {
  const { rowCount } = await client.query('select from work.webhooks where name = $1', [name])
  if (rowCount === 0) throw unknown(name)
}

/** Throws EndpointError where the log has not come to the position. */
export async function requireReached(client: ClientBase, after: string | undefined): Promise<void> {
  if (after === undefined) return
  const last = await findEndOfLog(client)
  if (BigInt(after) <= last) return
  throw new EndpointError(`position ${after} does not exist yet (the log is at ${last})`)
}

/** Throws EndpointError where the table of endpoints is not installed. */
export async function requireEndpoints(client: ClientBase): Promise<void> {
  const { rows } = await client.query(`select to_regclass('work.webhooks') is not null as there`)
  if (rows[0].there) return
  throw new EndpointError('this database has no webhooks yet; run `epistle install` first')
}

/** The endpoints by name, without their secrets. */
export async function listEndpoints(client: ClientBase): Promise<Endpoint[]> {
  const { rows } = await client.query<Endpoint>(
    `select name, url, types, personal, position::text,
       (coalesce((select max(position) from log.events), 0) - position)::text as behind, attempts,
       failing_since as "failingSince",
       case when attempts > 0 and disabled_at is null then due_at end as "retryAt",
       last_error as "lastError", disabled_at as "disabledAt", disabled_because as "disabledBecause"
     from work.webhooks order by name`,
  )
  return rows
}

export interface NewEndpoint {
  readonly name: string
  readonly url: string
  readonly types: readonly string[] | null
  readonly personal: boolean
  /** The position after which its events begin; the end of the log when absent. */
  readonly after?: string | undefined
}

/** Adds an endpoint and returns its secret. Throws EndpointError. */
export async function addEndpoint(client: ClientBase, added: NewEndpoint): Promise<string> {
  const { name, url, types, personal, after } = added
  const secret = newSecret()
  await requireReached(client, after)
  const last = await findEndOfLog(client)
  const { rowCount } = await client.query(
    `insert into work.webhooks (name, url, types, personal, secret, position)
     values ($1, $2, $3, $4, $5, $6) on conflict (name) do nothing`,
    [name, url, types, personal, secret, after ?? `${last}`],
  )
  if (rowCount === 0) throw new EndpointError(`there already is a webhook "${name}"`)
  await wakeWorkers(client)
  return secret
}

/** Gives the endpoint a new secret and returns it. The one before it signs as well for so many hours. */
export async function rotateSecret(
  client: ClientBase,
  name: string,
  hours: number,
): Promise<string> {
  const secret = newSecret()
  await change(
    client,
    name,
    `secret = $2, old_secret = secret,
     old_secret_until = clock_timestamp() + make_interval(hours => $3)`,
    [secret, hours],
  )
  return secret
}

/** Delivers to the endpoint again, from where it stopped. An enabled endpoint is tried at once. */
export async function enableEndpoint(client: ClientBase, name: string): Promise<void> {
  await change(
    client,
    name,
    `disabled_at = null, disabled_because = null, due_at = clock_timestamp(), attempts = 0,
     failing_since = null`,
  )
  await wakeWorkers(client)
}

/** Delivers nothing to the endpoint until it is enabled. It keeps its place. */
export async function disableEndpoint(client: ClientBase, name: string): Promise<void> {
  await change(
    client,
    name,
    `disabled_at = coalesce(disabled_at, clock_timestamp()),
     disabled_because = coalesce(disabled_because, '${byOperator}')`,
  )
}

export async function removeEndpoint(client: ClientBase, name: string): Promise<void> {
  const { rowCount } = await client.query('delete from work.webhooks where name = $1', [name])
  if (rowCount === 0) throw unknown(name)
}

/** Moves the endpoint to another position: it gets all events after it, once more or for the first time. */
export async function replayEndpoint(
  client: ClientBase,
  name: string,
  after: string,
): Promise<void> {
  await requireReached(client, after)
  await change(
    client,
    name,
    'position = $2, due_at = clock_timestamp(), attempts = 0, failing_since = null',
    [after],
  )
  await wakeWorkers(client)
}

async function change(
  client: ClientBase,
  name: string,
  assignments: string,
  values: readonly unknown[] = [],
): Promise<void> {
  const text = `update work.webhooks set ${assignments} where name = $1`
  const { rowCount } = await client.query(text, [name, ...values])
  if (rowCount === 0) throw unknown(name)
}

function unknown(name: string): EndpointError {
  return new EndpointError(`there is no webhook "${name}"; epistle webhook list shows all`)
}

function wakeWorkers(client: ClientBase): Promise<unknown> {
  return client.query(`select pg_notify('${taskChannel}', '')`)
}
