// Races over HTTP between two servers, on a database where the tables of every release are live: the requests of users,
// two servers that take them, and a loop that runs races in turn and compares every table with the log at the end.
import type { ClientBase, Pool } from 'pg'
import type { Test } from 'tap'
import { loadConfig } from '../../src/config.ts'
import { serve } from '../../src/serve.ts'
import { openPool } from './domain.ts'
import { readableLog } from './http/bare-app.ts'
import { password } from './http/served.ts'
import { connect } from './installed.ts'
import { randomness } from './racing-writers.ts'
import { damagedTables, versionDifferences } from './read-models/agreement.ts'
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
): Promise<Record<string, number>> {
  const databaseUrl = await stepwiseDatabase(t)
  const owner = await connect(t, databaseUrl)
  const pool = openPool(t, databaseUrl)
  const sends = await Promise.all([1, 2].map(() => startServer(t, databaseUrl)))
  const random = randomness(seed)
  const entries = Object.entries(races)
  const outcomes: Record<string, number> = {}
  for (let round = 0; round < rounds; round += 1) {
    const [name, race] = entries[round % entries.length] as [string, Race]
    const [one, other] = (random() < 0.5 ? sends : sends.toReversed()) as [Send, Send]
    const tag = `${seed}-${round}`
    const outcome = await race({ one, other, owner, pool, tag }).catch((error: unknown) => {
      throw new Error(`round ${round} of seed ${seed}, ${name}: ${error}`, { cause: error })
    })
    outcomes[`${name}: ${outcome}`] = (outcomes[`${name}: ${outcome}`] ?? 0) + 1
  }
  t.strictSame(await versionDifferences(owner), [], 'all versions of users agree')
  t.strictSame(await damagedTables(owner), [], 'every table matches the log')
  return outcomes
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

/** Exactly one of two commands succeeds; returns why the other did not. */
export async function onlyOne(answers: readonly Promise<Answer>[]): Promise<string> {
  const lost = (await Promise.all(answers)).filter(({ status }) => !status.startsWith('2'))
  if (lost.length !== 1) throw new Error(`${lost.length} of two commands were refused`)
  return lost[0]?.status ?? ''
}

export function expect({ status, body }: Answer, ...expected: readonly string[]): string {
  if (!expected.includes(status)) throw new Error(`got ${status} ${JSON.stringify(body)}`)
  return status
}
