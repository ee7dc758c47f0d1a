// Two servers on one database, and users whose sessions one of them has just looked up, for tests of their end.
import { randomBytes, randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Test } from 'tap'
import { hashToken } from '../../src/platform/tokens.ts'
import {
  type AppendRequest,
  append,
  messageSent,
  sessionStarted,
  userRegistered,
} from './append-requests.ts'
import { served } from './http/served.ts'

export interface Sent {
  readonly method: string
  readonly path: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** Returns no headers that differ by operation or between two responses or belong to the connection. */
export async function send(
  url: string,
  token: string,
  { method, path, body, headers: more }: Sent,
) {
  const headers = {
    authorization: `Bearer ${token}`,
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...more,
  }
  const text = typeof body === 'object' ? JSON.stringify(body) : body
  const init = { method, headers, ...(text !== undefined && { body: String(text) }) }
  const response = await fetch(url + path, init)
  const found = Object.fromEntries(response.headers)
  const differing = ['date', 'x-request-id', 'connection', 'keep-alive', 'vary']
  for (const name of differing) delete found[name]
  return { status: response.status, headers: found, body: await response.text() }
}

export const profile = { method: 'GET', path: '/users/me' }

/** Starts a session with a token, without the cost of a password. */
export function startedWith(token: string, session: string, userId: string): AppendRequest {
  const { events } = sessionStarted(session, userId)
  const token_hash = hashToken(token)
  return { events: events.map((event) => ({ ...event, data: { ...event.data, token_hash } })) }
}

/** A user of `people`, with the ids of what belongs to them. */
export type Person = ReturnType<typeof ids>

const ids = () => ({
  userId: randomUUID(),
  messageId: randomUUID(),
  received: randomUUID(),
  session: randomUUID(),
  token: randomBytes(32).toString('base64url'),
  other: randomUUID(),
})

/** Starts the servers, `here` and `there`. */
export async function twoServers(t: Test) {
  const { server, another, owner, arrive } = await served(t, { RATE_LIMITS: 'on' })
  const [here, there] = [server.url, await another()]
  const [bob, carl] = [await arrive('bob'), await arrive('carl')]
  const { rows: hashes } = await owner.query('select password_hash from read.users_2')
  const logOut = (token: string) =>
    send(here, token, { method: 'DELETE', path: '/sessions/current' })

  /** Users with Bob's password, a message to Bob, one from Carl and two sessions. `there` has just found the first. */
  async function people(count: number): Promise<Person[]> {
    const all = Array.from({ length: count }, ids)
    const requests = all.flatMap(({ userId, messageId, received, session, token, other }) => [
      userRegistered(userId, hashes[0]),
      messageSent(messageId, userId, bob.user.id),
      messageSent(received, carl.user.id, userId),
      startedWith(token, session, userId),
      sessionStarted(other, userId),
    ])
    await append(owner, requests)
    const found = await Promise.all(all.map(({ token }) => send(there, token, profile)))
    if (found.some(({ status }) => status !== 200)) throw new Error('a session is not active')
    return all
  }

  const person = async () => (await people(1))[0] as Person
  const ended = await person()
  await logOut(ended.token)
  /** The response to a session that ended, after a look-up. */
  const rejected = await send(here, ended.token, profile)
  return { here, there, owner, bob, people, person, logOut, rejected }
}

interface Operation {
  readonly operationId: string
  readonly security?: readonly object[]
}

/** The operations of the OpenAPI document, by path and method. */
export const { paths } = JSON.parse(
  await readFile(new URL('../../openapi/openapi.json', import.meta.url), 'utf8'),
) as { paths: Record<string, Record<string, Operation>> }
