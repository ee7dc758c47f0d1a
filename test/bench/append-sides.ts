// The sides of the bench "append": today's code and database, and those of the commit before the append was made less
// costly. Both have a database of their own that their own installer made, and append through their own code. A third
// side appends to today's database what a server sends for POST /messages: with the key of a live session, and the
// question what its sender has not read.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type pg from 'pg'
import { uuidV7 } from '../../src/platform/event-store/uuid-v7.ts'
import { commandSession, openSession, type Session } from '../../src/platform/postgres/session.ts'
import { newToken } from '../../src/platform/tokens.ts'
import { checkout } from '../support/markdown.ts'
import { extractCommit, hasCommit } from '../support/past-commit.ts'
import { Actor, content, oneOf, startSession } from './actor.ts'
import { append, writerSession } from './append.ts'
import { processorTimeOf, type ReadProcessorTime } from './processor-time.ts'
import { type ScratchServer, withClient } from './scratch-server.ts'

/** The last commit whose machinery has a trigger for each cell and one append for all types. */
const commitBefore = process.env.BENCH_COMMIT ?? 'f2be9a3'

const users = 1_000

export interface Side {
  readonly name: 'today' | 'today, as served' | 'before'
  readonly client: pg.Client
  readonly users: readonly string[]
  /** Appends so many messages of random users in one call. */
  readonly send: (client: pg.Client, count: number) => Promise<void>
  /** The processor time of the client's backend, where the system reports it. */
  readonly processorTime: ReadProcessorTime | undefined
}

/** All sides, or those of today with a note where the history lacks the commit before. */
export async function withSides<T>(
  server: ScratchServer,
  say: (line: string) => void,
  work: (sides: readonly Side[]) => Promise<T>,
): Promise<T> {
  const today = await fill(server, 'today', checkout)
  const sides = [
    await openSide('today', today, commandSession),
    await openSide('today, as served', today, writerSession),
  ]
  try {
    if (await hasCommit(commitBefore)) {
      say(`installing commit ${commitBefore}, the earlier machinery`)
      const code = join(server.directory, 'before')
      await extractCommit(commitBefore, code)
      sides.push(await openSide('before', await fill(server, 'before', code), commandSession))
    } else {
      say(
        `SKIPPED: the comparison with the earlier machinery, because the history has no commit ${commitBefore} ` +
          '(fetch the whole history: git fetch --unshallow)',
      )
    }
    return await work(sides)
  } finally {
    await Promise.all(sides.map(({ client }) => client.end()))
  }
}

/** A database with users, installed by the code that appends to it. */
interface Filled {
  readonly url: string
  readonly code: string
  readonly users: readonly string[]
}

async function fill(server: ScratchServer, name: string, code: string): Promise<Filled> {
  const url = await server.database(`append_${name}`)
  await promisify(execFile)(process.execPath, ['src/main.ts', 'install'], {
    cwd: code,
    env: { ...process.env, DATABASE_URL: url },
  })
  const actor = new Actor({ register: 100, password: 0, session: 0 })
  await withClient(url, async (client) => {
    await append(
      client,
      Array.from({ length: users }, () => actor.register()),
    )
    await client.query('vacuum analyze')
  })
  return { url, code, users: actor.users }
}

async function openSide(
  name: Side['name'],
  { url, code, users }: Filled,
  session: Session,
): Promise<Side> {
  // With the settings of every session of the service, such as jit off.
  const client = await openSession(url, session, {})
  const sessions = name === 'today, as served' ? await logIn(client, users) : undefined
  const send = await sender(code, users, sessions)
  return { name, client, users, send, processorTime: await processorTimeOf(client) }
}

/** Starts a session for each user. Returns their ids. */
async function logIn(client: pg.Client, users: readonly string[]) {
  const sessions = new Map(users.map((user) => [user, uuidV7()]))
  const requests = [...sessions].map(([user, id]) => startSession(id, user, newToken().tokenHash))
  await append(client, requests)
  await client.query('vacuum analyze')
  return sessions
}

/** Sends messages through the event store of a side's own code; with sessions, as a server does. */
async function sender(
  code: string,
  users: readonly string[],
  sessions?: ReadonlyMap<string, string>,
): Promise<Side['send']> {
  const load = (module: string) => import(join(code, 'src', module))
  const { append } = await load('platform/event-store/append.ts')
  const { toAppendRequest } = await load('platform/event-store/append-request.ts')
  const { message } = await load('features/messages/message.ts')
  const question = sessions && (await load('features/conversations/queries.ts')).lastUnread
  const request = () => {
    const [id, from, to] = [uuidV7(), oneOf(users), oneOf(users)]
    const command = { type: 'SendMessage', id, from, to, content }
    const events = message.decide(command, message.initialState)
    const session = sessions && { readTable: 'sessions_10', key: sessions.get(from) }
    const metadata = { actor: from, ...(session && { session }) }
    const decision = { aggregate: message, streamId: id, expectedVersion: 0, events, metadata }
    return toAppendRequest([decision], question && { question, pairs: [[from, to]] })
  }
  return async (client, count) => {
    const answer = await append(client, Array.from({ length: count }, request))
    const results: readonly { position?: string }[] = answer.results ?? answer
    const rejected = results.find((result) => !result?.position)
    if (rejected !== undefined)
      throw new Error(`a message was rejected: ${JSON.stringify(rejected)}`)
  }
}
