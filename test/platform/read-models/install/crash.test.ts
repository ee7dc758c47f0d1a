// Install, killed at any instant and started again, ends where an undisturbed one ends; and two
// installers at once do the work once. The history is there before, and writers do not stop.
import pg from 'pg'
import t from 'tap'
import { install } from '../../../../src/platform/read-models/install/install.ts'
import { dbDirectory } from '../../../../src/platform/read-models/releases/releases.ts'
import { freshDatabase } from '../../../support/database.ts'
import { idOf } from '../../../support/ids.ts'
import { connect, installedDatabase, installInto } from '../../../support/installed.ts'
import { randomness } from '../../../support/racing-writers.ts'
import { contentsOf, liveTables, type Row } from '../../../support/read-models/contents.ts'
import { triggerLines } from '../../../support/read-models/triggers.ts'

/** Rounds of a whole installation with its crashes, about a second each; fewer on a slow machine. */
const rounds = 5
const enough = 8_000 // milliseconds after which no further round begins

const history = await installedDatabase(t, 1)
await fillHistory(history)
const undisturbed = await stateOf(await installedCopy())

/** Release 1 with users and sessions of both kinds, some of which are over. */
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
  await client.end() // a database that somebody is connected to cannot be copied
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
  triggers: string[]
  tables: Record<string, Row[]>
}

async function stateOf(url: string): Promise<State> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const tables: Record<string, Row[]> = {}
  for (const table of await liveTables(client)) tables[table] = await contentsOf(client, table)
  const triggers = await triggerLines(client)
  await client.end()
  return { triggers, tables }
}

/** One run of install whose connection the server ends after so many milliseconds. */
async function installKilledAfter(url: string, milliseconds: number): Promise<boolean> {
  const client = new pg.Client({ connectionString: url })
  const killer = new pg.Client({ connectionString: url })
  for (const each of [client, killer]) {
    each.on('error', () => undefined)
    await each.connect()
  }
  const { rows } = await client.query('select pg_backend_pid() as pid')
  let killed = false
  const kill = setTimeout(() => {
    killed = true
    killer.query('select pg_terminate_backend($1)', [rows[0].pid]).catch(() => undefined)
  }, milliseconds)
  try {
    await install({ client, directory: dbDirectory, say: () => undefined })
    return true
  } catch (error) {
    if (!killed) throw error
    return false
  } finally {
    clearTimeout(kill)
    await Promise.all([client.end(), killer.end()].map((end) => end.catch(() => undefined)))
  }
}

t.test('killed at random instants and started again, it ends the same', async (t) => {
  let kills = 0
  const random = randomness(1)
  const began = Date.now()
  for (let round = 0; round < rounds && Date.now() - began < enough; round++) {
    const url = await copy()
    // Each try may live a little longer than the last, so that every step meets its death.
    for (let limit = 20; ; limit *= 1.4) {
      if (await installKilledAfter(url, random() * limit)) break
      kills += 1
    }
    t.strictSame(await stateOf(url), undisturbed, `round ${round}`)
  }
  t.ok(kills > 0, `${kills} kills`)
})

t.test('two installers at once end the same, and each release is declared once', async (t) => {
  const url = await copy()
  const said = (await Promise.all([installInto(url), installInto(url)])).flat()
  t.strictSame(await stateOf(url), undisturbed)
  t.equal(said.filter((line) => /^release 2 .* is declared/.test(line)).length, 1)
})

// He holds the append lock for a while in each transaction, so that the cut-over finds him in one.
t.test('a writer who does not stop is in the new tables with all he wrote', async (t) => {
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
  const { users_0: none, users_1: old, users_2: new_ } = (await stateOf(url)).tables
  t.equal(none, undefined)
  t.equal(new_?.length, 600 + written)
  t.strictSame(new_, old)
})
