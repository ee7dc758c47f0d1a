// People: users who are logged in, each with their own token, and the requests they send.
import type { ClientBase } from 'pg'
import { uuidV7 } from '../../src/platform/event-store/uuid-v7.ts'
import { newToken } from '../../src/platform/tokens.ts'
import { Actor, content, emailOf, oneOf, startSession } from './actor.ts'
import { append } from './append.ts'
import type { HttpLoad, Request } from './rate.ts'

export interface Person {
  readonly id: string
  readonly token: string
  readonly email: string
}

/** Registers `count` people with this password hash, and logs in each of them. */
export async function settle(
  client: ClientBase,
  count: number,
  passwordHash?: string,
): Promise<readonly Person[]> {
  const actor = new Actor({ register: 100, password: 0, session: 0 })
  await append(
    client,
    Array.from({ length: count }, () => actor.register(passwordHash)),
  )
  const people = actor.users.map((id) => ({ id, ...newToken(), email: emailOf(id) }))
  await append(
    client,
    people.map(({ id, tokenHash }) => startSession(uuidV7(), id, tokenHash)),
  )
  await client.query('vacuum analyze')
  return people
}

/** How many requests a connection sends in turn, each as a random person. */
const variety = 50

/** Messages between random people. */
export function messages(people: readonly Person[]): () => readonly Request[] {
  return some(people, (from) => post('/messages', { to: oneOf(people).id, content }, bearer(from)))
}

/** Messages from random people to unknown users: the server tries to append each one, and rejects it. */
export function misdirected(people: readonly Person[]): () => readonly Request[] {
  return some(people, (from) => post('/messages', { to: uuidV7(), content }, bearer(from)))
}

/** Requests for the same path as random people. */
export function reads(people: readonly Person[], path: string): () => readonly Request[] {
  return some(people, (reader) => ({ method: 'GET', path, headers: bearer(reader) }))
}

/** Pages of random people from the bare server, in whose path they are named because it looks up no session. */
export function pagesById(people: readonly Person[]): () => readonly Request[] {
  return some(people, ({ id }) => ({ method: 'GET', path: `/page/${id}` }))
}

/** Messages between random users as plain inserts, which *fastify and pg alone* does. */
export function inserts(
  urls: readonly string[],
  users: readonly string[],
  connections: number,
): HttpLoad {
  const request = () => post('/raw', { from: oneOf(users), to: oneOf(users), content })
  return {
    urls,
    connections,
    requests: () => Array.from({ length: variety }, request),
    status: 200,
  }
}

/** Logins of random people, who all have this password. */
export function logins(people: readonly Person[], password: string): () => readonly Request[] {
  return some(people, ({ email }) => post('/sessions', { email, password }))
}

/** Registrations. They are unique as long as a connection does not reach the end of the list. */
export function registrations(): readonly Request[] {
  return Array.from({ length: 10 * variety }, () => {
    const id = uuidV7()
    const username = id.replaceAll('-', '').slice(-30)
    return post('/users', { email: emailOf(id), username, password: uuidV7() })
  })
}

/** Requests as random people, drawn once for each connection. */
export function some(people: readonly Person[], request: (person: Person) => Request) {
  return () => Array.from({ length: variety }, () => request(oneOf(people)))
}

export function post(path: string, body: object, headers: object = {}): Request {
  return {
    method: 'POST',
    path,
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }
}

function bearer({ token }: Person) {
  return { authorization: `Bearer ${token}` }
}
