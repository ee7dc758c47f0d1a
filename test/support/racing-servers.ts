// Races over HTTP on a database where the tables of every release are live: the requests of users, and two servers
// that take them.
import type { ClientBase, Pool } from 'pg'
import type { Test } from 'tap'
import { loadConfig } from '../../src/config.ts'
import { serve } from '../../src/serve.ts'
import { openPool } from './domain.ts'
import { readableLog } from './http/bare-app.ts'
import { password } from './http/served.ts'
import { connect } from './installed.ts'
import { inEitherOrder, onlyOne as onlyOneOf, runRaces } from './races.ts'
import { stepwiseDatabase } from './stepwise-database.ts'

const quick = { PORT: '0', ARGON2_MEMORY_KIB: '1024', ARGON2_PASSES: '1', RATE_LIMITS: 'off' }

/** What a race works with: two servers, each as a function that sends a request, and connections to its database. */
export interface Arena {
  readonly one: Send
  readonly other: Send
  readonly owner: ClientBase
  /** Connections of the service role. */
  readonly pool: Pool
  /** A part of names that no other round uses. */
  readonly tag: string
}

/** Sends a JSON request; returns `201`, or status and code such as `409 username_taken`, with the body. */
export type Send = (call: string, body?: object, token?: string) => Promise<Answer>

export interface Answer {
  readonly status: string
  // biome-ignore lint/suspicious/noExplicitAny: the body of any response
  readonly body: any
}

function sendTo(baseUrl: string): Send {
  return async (call, body, token) => {
    const [method = '', path = ''] = call.split(' ')
    const response = await fetch(baseUrl + path, {
      method,
      headers: {
        ...(body && { 'content-type': 'application/json' }),
        ...(token && { authorization: `Bearer ${token}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const answer = text === '' ? undefined : JSON.parse(text)
    const status = response.ok ? `${response.status}` : `${response.status} ${answer.code}`
    return { status, body: answer }
  }
}

/** A race, and the outcome that it had. Throws for an impossible one. */
export type Race = (arena: Arena) => Promise<string>

/** Runs the races in turn, and returns how often each outcome occurred. Fails the test where one is impossible. */
export async function raceOnTwoServers(
  t: Test,
  races: Readonly<Record<string, Race>>,
  rounds: number,
  seed: number,
): Promise<Readonly<Record<string, number>>> {
  const databaseUrl = await stepwiseDatabase(t)
  const owner = await connect(t, databaseUrl)
  const pool = openPool(t, databaseUrl)
  const both = [await startServer(t, databaseUrl), await startServer(t, databaseUrl)] as const
  return runRaces<Arena>(t, {
    ...{ db: owner, rounds, seed, races },
    arena: (tag, random) => {
      const [one, other] = inEitherOrder(both, random)
      return { one, other, owner, pool, tag }
    },
  })
}

async function startServer(t: Test, databaseUrl: string): Promise<Send> {
  const { log } = readableLog('error')
  const server = await serve({ config: loadConfig(quick), databaseUrl, log })
  t.teardown(() => server.close())
  return sendTo(server.url)
}

/** Registers a user whose username and address have this name, and logs in. */
export async function arrive(send: Send, username: string): Promise<{ id: string; token: string }> {
  const account = { email: `${username}@x.org`, username, password, logIn: true }
  const registered = await send('POST /users', account)
  expect(registered, '201')
  return { id: registered.body.id, token: registered.body.session.token }
}

/** Exactly one of the requests succeeds; returns how another is answered. */
export function onlyOne(answers: readonly Promise<Answer>[]): Promise<string> {
  return onlyOneOf(
    answers.map((answer) =>
      answer.then(({ status }) => (status.startsWith('2') ? 'done' : status)),
    ),
  )
}

export function expect({ status, body }: Answer, ...expected: readonly string[]): string {
  if (!expected.includes(status)) throw new Error(`got ${status} ${JSON.stringify(body)}`)
  return status
}
