// Races of commands that rename or end an account, over HTTP on two servers, while the users of every release are live.
// Afterwards each name belongs to one user, and nothing is recorded about a user after the erasure.
import type { ClientBase } from 'pg'
import type { Test } from 'tap'
import { loadConfig } from '../../src/config.ts'
import { serve } from '../../src/serve.ts'
import { readableLog } from './http/bare-app.ts'
import { password } from './http/served.ts'
import { connect } from './installed.ts'
import { randomness } from './racing-writers.ts'
import { damagedTables, versionDifferences } from './read-models/agreement.ts'
import { stepwiseDatabase } from './stepwise-database.ts'

const quick = { PORT: '0', ARGON2_MEMORY_KIB: '1024', ARGON2_PASSES: '1', RATE_LIMITS: 'off' }

/** What a race works with: two servers, each as a function that sends a request, and the owner's connection. */
interface Arena {
  readonly one: Send
  readonly other: Send
  readonly owner: ClientBase
  /** A part of names that no other round uses. */
  readonly tag: string
}

/** Sends a JSON request; returns `201`, or status and code such as `409 username_taken`, with the body. */
type Send = (call: string, body?: object, token?: string) => Promise<Answer>

interface Answer {
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

/** Runs the races in turn, and returns how often each outcome occurred. Fails the test where one is impossible. */
export async function raceOfAccounts(t: Test, rounds: number, seed: number) {
  const databaseUrl = await stepwiseDatabase(t)
  const owner = await connect(t, databaseUrl)
  const urls = await Promise.all(
    [1, 2].map(async () => {
      const { log } = readableLog('error')
      const server = await serve({ config: loadConfig(quick), databaseUrl, log })
      t.teardown(() => server.close())
      return server.url
    }),
  )
  const sends = urls.map(sendTo) as [Send, Send]
  const random = randomness(seed)
  const names = Object.keys(races) as (keyof typeof races)[]
  const outcomes: Record<string, number> = {}
  for (let round = 0; round < rounds; round += 1) {
    const name = names[round % names.length] ?? 'usernames'
    const [one, other] = random() < 0.5 ? sends : sends.toReversed()
    const arena = { one, other, owner, tag: `${seed}-${round}` } as Arena
    const outcome = await races[name](arena).catch((error: unknown) => {
      throw new Error(`round ${round} of seed ${seed}, ${name}: ${error}`, { cause: error })
    })
    outcomes[`${name}: ${outcome}`] = (outcomes[`${name}: ${outcome}`] ?? 0) + 1
  }
  t.strictSame(await versionDifferences(owner), [], 'all versions of users agree')
  t.strictSame(await damagedTables(owner), [], 'every table matches the log')
  return outcomes
}

const races = {
  /** Two users want one username. */
  async usernames({ one, other, tag }: Arena) {
    const [a, b] = [await arrive(one, `a${tag}`), await arrive(other, `b${tag}`)]
    const username = `wanted${tag}`
    return onlyOne([
      one('PUT /users/me/username', { username }, a.token),
      other('PUT /users/me/username', { username }, b.token),
    ])
  },

  /** A user wants the username with which another registers. */
  async registration({ one, other, tag }: Arena) {
    const a = await arrive(one, `a${tag}`)
    const username = `new${tag}`
    const registered = other('POST /users', { email: `${username}@x.org`, username, password })
    return onlyOne([one('PUT /users/me/username', { username }, a.token), registered])
  },

  /** A user wants the username that another gives up: it is reserved, before and after. */
  async abandoned({ one, other, tag }: Arena) {
    const [a, b] = [await arrive(one, `a${tag}`), await arrive(other, `b${tag}`)]
    const [given, taken] = await Promise.all([
      one('PUT /users/me/username', { username: `free${tag}` }, a.token),
      other('PUT /users/me/username', { username: `a${tag}` }, b.token),
    ])
    expect(given, '204')
    return expect(taken, '409 username_taken')
  },

  /** A user is erased while messages from and to the user are sent, and the user logs in and changes the name. */
  async erasure({ one, other, owner, tag }: Arena) {
    const [a, b] = [await arrive(one, `a${tag}`), await arrive(other, `b${tag}`)]
    const login = { email: `a${tag}@x.org`, password }
    const [toErased, fromErased, session, renamed] = await Promise.all([
      other('POST /messages', { to: a.id, content: 'to' }, b.token),
      one('POST /messages', { to: b.id, content: 'from' }, a.token),
      other('POST /sessions', login),
      one('PUT /users/me/username', { username: `late${tag}` }, a.token),
      owner.query(`select log.forget($1, 'a race')`, [a.id]),
    ])
    expect(toErased, '201', '422 recipient_unknown', '410 gone')
    expect(fromErased, '201', '401 unauthenticated')
    expect(session, '201', '401 invalid_credentials')
    expect(renamed, '204', '401 unauthenticated', '404 not_found')
    for (const token of [a.token, session.body.token]) {
      if (token) expect(await other('GET /users/me', undefined, token), '401 unauthenticated')
    }
    expect(await one('POST /sessions', login), '401 invalid_credentials')
    await nothingAfterErasure(owner, a.id)
    return [toErased, fromErased, session, renamed].map(({ status }) => status.slice(0, 3)).join()
  },
}

/** Registers a user whose username and address have this name, and logs in. */
async function arrive(send: Send, username: string): Promise<{ id: string; token: string }> {
  const account = { email: `${username}@x.org`, username, password, logIn: true }
  const registered = await send('POST /users', account)
  expect(registered, '201')
  return { id: registered.body.id, token: registered.body.session.token }
}

/** Exactly one of two commands succeeds; returns why the other did not. */
async function onlyOne(answers: readonly Promise<Answer>[]): Promise<string> {
  const lost = (await Promise.all(answers)).filter(({ status }) => !status.startsWith('2'))
  if (lost.length !== 1) throw new Error(`${lost.length} of two commands were refused`)
  return lost[0]?.status ?? ''
}

function expect({ status, body }: Answer, ...expected: readonly string[]): string {
  if (!expected.includes(status)) throw new Error(`got ${status} ${JSON.stringify(body)}`)
  return status
}

/** The erasure is the last event of the user, and no later message comes from or goes to the user. */
async function nothingAfterErasure(owner: ClientBase, userId: string): Promise<void> {
  const { rows } = await owner.query(
    `select e.position from log.events e, log.erasures erased
     left join log.message_sent_3 m on m.position > erased.position and $1 in (m.src_id, m.dst_id)
     where erased.user_id = $1 and (e.stream_id = $1 and e.position > erased.position
       or e.position = m.position)`,
    [userId],
  )
  if (rows.length > 0) throw new Error(`recorded after the erasure: ${JSON.stringify(rows)}`)
}
