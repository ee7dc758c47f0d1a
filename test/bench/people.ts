// People: users who are logged in, each with a token of his own, and what they ask for.
import type { ClientBase } from 'pg'
import { uuidV7 } from '../../src/event-store/uuid-v7.ts'
import { newToken } from '../../src/session/token.ts'
import { Actor, content, oneOf, startSession } from './actor.ts'
import { append } from './append.ts'
import type { Request } from './rate.ts'

export interface Person {
  readonly id: string
  readonly token: string
}

/** Registers so many people, and logs in each of them. */
export async function settle(client: ClientBase, count: number): Promise<readonly Person[]> {
  const actor = new Actor({ register: 100, password: 0, session: 0 })
  await append(
    client,
    Array.from({ length: count }, () => actor.register()),
  )
  const people = actor.users.map((id) => ({ id, ...newToken() }))
  await append(
    client,
    people.map(({ id, tokenHash }) => startSession(uuidV7(), id, tokenHash)),
  )
  await client.query('vacuum analyze')
  return people
}

/** How many requests a connection has to send, each as somebody else. */
const variety = 50

/** Messages from anybody to anybody. */
export function messages(people: readonly Person[]): () => readonly Request[] {
  return some(people, (from) => ({
    method: 'POST',
    path: '/messages',
    headers: { ...bearer(from), 'content-type': 'application/json' },
    body: JSON.stringify({ to: oneOf(people).id, content }),
  }))
}

/** The same path, as anybody. */
export function reads(people: readonly Person[], path: string): () => readonly Request[] {
  return some(people, (reader) => ({ method: 'GET', path, headers: bearer(reader) }))
}

function some(people: readonly Person[], request: (person: Person) => Request) {
  return () => Array.from({ length: variety }, () => request(oneOf(people)))
}

function bearer({ token }: Person) {
  return { authorization: `Bearer ${token}` }
}
