// A fresh database for each test file, dropped when the file ends.
// Lies on the server that `npm test` provides; files run in parallel and never share a database.
import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'

/** What of a tap test is needed here. */
export interface Finishing {
  teardown(after: () => Promise<void>): unknown
}

// An advisory lock on the maintenance database, for whoever makes or copies a template: PostgreSQL
// refuses to copy one that somebody is connected to, as its maker is while he fills it.
const templates = [0x45504953, 10]

/** Creates a database, empty or a copy of `template`, and returns its URL. */
export async function freshDatabase(
  t: Finishing,
  { template = 'template1' }: { template?: string } = {},
): Promise<string> {
  const name = `epistle_test_${randomBytes(6).toString('hex')}`
  await maintain(async (client) => {
    await client.query('select pg_advisory_lock($1, $2)', templates)
    await client.query(`create database ${name} template ${client.escapeIdentifier(template)}`)
  })
  t.teardown(() =>
    maintain(async (client) => {
      await allLeft(client, name)
      await client.query(`drop database if exists ${name} with (force)`)
    }),
  )
  return urlOf(name)
}

// A pool that has ended says so before its connections are gone, and one that is forced off then
// has nobody left to tell. What a failing test left open is forced off after a second.
async function allLeft(client: pg.Client, name: string): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) {
    const here = 'select from pg_stat_activity where datname = $1'
    if ((await client.query(here, [name])).rowCount === 0) return
    await pause(20)
  }
}

/** Makes a template by filling an empty database, unless it is there already. */
export async function withTemplate(
  template: string,
  fill: (url: string) => Promise<unknown>,
): Promise<void> {
  await maintain(async (client) => {
    await client.query('select pg_advisory_lock($1, $2)', templates)
    const there = await client.query('select from pg_database where datname = $1', [template])
    if (there.rowCount === 1) return
    // Renamed when it is whole: a run that was killed leaves no half of one.
    const draft = `${template}_draft`
    await client.query(`drop database if exists ${client.escapeIdentifier(draft)} with (force)`)
    await client.query(`create database ${client.escapeIdentifier(draft)}`)
    await fill(urlOf(draft))
    await client.query(
      `alter database ${client.escapeIdentifier(draft)}
       rename to ${client.escapeIdentifier(template)}`,
    )
  })
}

/** Acts on the server's maintenance database, over a connection of its own. */
async function maintain(act: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: maintenanceUrl() })
  await client.connect()
  try {
    await act(client)
  } finally {
    await client.end() // and with it the lock
  }
}

function urlOf(database: string): string {
  const url = new URL(maintenanceUrl())
  url.pathname = `/${database}`
  return url.href
}

function maintenanceUrl(): string {
  const url = process.env.EPISTLE_TEST_DATABASE_URL
  if (!url)
    throw new Error('no server for the tests: run them by `npm test`, or `npm test -- <file>`')
  return url
}
