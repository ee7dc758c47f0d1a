// The two sides of the bench "append": today's code and database, and those of the commit before the append was
// made less costly. Each side has a database of its own that its own installer made, and appends through its own code.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type pg from 'pg'
import { uuidV7 } from '../../src/platform/event-store/uuid-v7.ts'
import { commandSession, openSession } from '../../src/platform/postgres/session.ts'
import { checkout } from '../support/markdown.ts'
import { extractCommit, hasCommit } from '../support/past-commit.ts'
import { Actor, content, oneOf } from './actor.ts'
import { append } from './append.ts'
import { processorTimeOf, type ReadProcessorTime } from './processor-time.ts'
import { type ScratchServer, withClient } from './scratch-server.ts'

/** The last commit whose machinery has a trigger for each cell and one append for all types. */
const commitBefore = process.env.BENCH_COMMIT ?? 'f2be9a3'

const users = 1_000

export interface Side {
  readonly name: 'today' | 'before'
  readonly client: pg.Client
  readonly users: readonly string[]
  /** Appends so many messages of random users in one call. */
  readonly send: (client: pg.Client, count: number) => Promise<void>
  /** The processor time of the client's backend, where the system reports it. */
  readonly processorTime: ReadProcessorTime | undefined
}

/** Both sides, or only today's with a note where the history lacks the commit before. */
export async function withSides<T>(
  server: ScratchServer,
  say: (line: string) => void,
  work: (sides: readonly Side[]) => Promise<T>,
): Promise<T> {
  const sides = [await openSide(server, 'today', checkout)]
  try {
    if (await hasCommit(commitBefore)) {
      say(`installing commit ${commitBefore}, the earlier machinery`)
      const code = join(server.directory, 'before')
      await extractCommit(commitBefore, code)
      sides.push(await openSide(server, 'before', code))
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

async function openSide(server: ScratchServer, name: Side['name'], code: string): Promise<Side> {
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
  // With the settings of every session of the service, such as jit off.
  const client = await openSession(url, commandSession, {})
  client.on('error', () => undefined)
  const processorTime = await processorTimeOf(client)
  return { name, client, users: actor.users, send: await sender(code, actor.users), processorTime }
}

/** Sends messages through the event store of a side's own code. */
async function sender(code: string, users: readonly string[]): Promise<Side['send']> {
  const load = (module: string) => import(join(code, 'src', module))
  const { append } = await load('platform/event-store/append.ts')
  const { toAppendRequest } = await load('platform/event-store/append-request.ts')
  const { message } = await load('features/messages/message.ts')
  const request = () => {
    const [id, from, to] = [uuidV7(), oneOf(users), oneOf(users)]
    const command = { type: 'SendMessage', id, from, to, content }
    const events = message.decide(command, message.initialState)
    const metadata = { actor: from }
    return toAppendRequest([
      { aggregate: message, streamId: id, expectedVersion: 0, events, metadata },
    ])
  }
  return async (client, count) => {
    const answer = await append(client, Array.from({ length: count }, request))
    const results: readonly { position?: string }[] = answer.results ?? answer
    const rejected = results.find((result) => !result?.position)
    if (rejected !== undefined)
      throw new Error(`a message was rejected: ${JSON.stringify(rejected)}`)
  }
}
