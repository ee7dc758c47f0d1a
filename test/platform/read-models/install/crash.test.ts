// An install that is killed at any instant and started again ends in the same state as an undisturbed one;
// two installers at once do the work once. There is a history, and writers do not stop.
import pg from 'pg'
import t from 'tap'
import { install } from '../../../../src/platform/read-models/install/install.ts'
import { dbDirectory } from '../../../../src/platform/read-models/releases/releases.ts'
import { freshDatabase } from '../../../support/database.ts'
import { idOf } from '../../../support/ids.ts'
import { connect, installedDatabase, installInto } from '../../../support/installed.ts'
import { randomness } from '../../../support/racing-writers.ts'
import { liveContents, type Row } from '../../../support/read-models/contents.ts'
import { completesWithin } from '../../../support/read-models/cut-off.ts'
import { projectionLines } from '../../../support/read-models/projections.ts'

/** Rounds of a whole install with its crashes, about a second each; fewer on a slow machine. */
const rounds = 3
/** Milliseconds after which no further round begins. */
const timeLimit = 8_000

const history = await installedDatabase(t, 1)
await fillHistory(history)
const undisturbed = await stateOf(await installedCopy())

/** Fills release 1 with users of both registrations and their sessions, some of which have ended. */
async function fillHistory(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`
    insert into log.user_registered_0
      select gen_random_uuid(), 'old' || n || '@example.com', 'x' from generate_series(1, 300) n;
    insert into log.user_registered_1
      select gen_random_uuid(), 'new' || n || '@example.com', 'x', 'user' || n
      from generate_series(1, 300) n;
    insert into log.session_started_0
      select gen_random_uuid(), id, sha256(id::text::bytea), '2040-01-01' from read.users_1;
    insert into log.session_ended_0
      select id, user_id from read.sessions_0 where id < '80000000-0000-0000-0000-000000000000'`)
  await client.end() // PostgreSQL copies no database that has connections
}

function copy(): Promise<string> {
  return freshDatabase(t, { template: new URL(history).pathname.slice(1) })
}

async function installedCopy(): Promise<string> {
  const url = await copy()
  await installInto(url)
  return url
}

interface State {
  projections: string[]
  tables: Record<string, Row[]>
}

async function stateOf(url: string): Promise<State> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const tables = await liveContents(client)
  const projections = await projectionLines(client)
  await client.end()
  return { projections, tables }
}

/** Runs install; its connection is terminated after so many milliseconds. Returns whether it completed. */
function installWithin(url: string, milliseconds: number): Promise<boolean> {
  return completesWithin(url, milliseconds, (client) =>
    install({ client, directory: dbDirectory, say: () => undefined }),
  )
}

t.test('An install killed at random instants ends as an undisturbed one', async (t) => {
  let kills = 0
  const random = randomness(1)
  const began = Date.now()
  for (let round = 0; round < rounds && Date.now() - began < timeLimit; round++) {
    const url = await copy()
    // Each try can run a little longer than the last, so that kills hit every step.
    for (let limit = 20; ; limit *= 1.4) {
      if (await installWithin(url, random() * limit)) break
      kills += 1
    }
    t.strictSame(await stateOf(url), undisturbed, `round ${round}`)
  }
  t.ok(kills > 0, `${kills} kills`)
})

t.test('Two installers at once end as one, and declare each release once', async (t) => {
  const url = await copy()
  const said = (await Promise.all([installInto(url), installInto(url)])).flat()
  t.strictSame(await stateOf(url), undisturbed)
  t.equal(said.filter((line) => /^release 2 .* is declared/.test(line)).length, 1)
})

// The writer holds the append lock for 20 ms in each transaction, so that the cut-over meets one.
t.test('The new tables contain every event of a writer that never stops', async (t) => {
  const url = await copy()
  const writer = await connect(t, url)
  let written = 0
  let installing = true
  const writing = (async () => {
    for (; installing; written++) {
      await writer.query('begin')
      await writer.query(`insert into log.user_registered_0 values ($1, $2, 'x')`, [
        idOf(written),
        `writer${written}@example.com`,
      ])
      await writer.query('select pg_sleep(0.02)')
      await writer.query('commit')
    }
  })()
  await installInto(url).finally(() => {
    installing = false
  })
  await writing
  t.ok(written > 0, `${written} written`)
  const { users_0, users_1, users_2 } = (await stateOf(url)).tables
  t.equal(users_0, undefined)
  t.equal(users_2?.length, 600 + written)
  t.strictSame(users_2, users_1)
})
