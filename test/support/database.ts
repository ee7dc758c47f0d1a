// A fresh database for each test file on the server that `npm test` provides. It is dropped when the file ends;
// files run in parallel and never share a database.
import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'

/** The part of a tap test that helpers need to clean up. */
export interface Finishing {
  teardown(after: () => Promise<void>): unknown
}

// The first key of the advisory locks on the maintenance database under which templates are created, each under its own.
const templates = 0x45504953

/** Creates a database, empty or a copy of `template`, with more options of SQL, and returns its URL. */
export async function freshDatabase(
  t: Finishing,
  { template = 'template1', options = '' }: { template?: string; options?: string } = {},
): Promise<string> {
  const name = `epistle_test_${randomBytes(6).toString('hex')}`
  await maintain(async (client) => {
    const source = client.escapeIdentifier(template)
    await client.query(`create database ${name} template ${source} ${options}`)
  })
  t.teardown(() =>
    maintain(async (client) => {
      await waitForConnections(client, name)
      await client.query(`drop database if exists ${name} with (force)`)
    }),
  )
  return urlOf(name)
}

// A pool reports its end before its connections are closed, and an error on a connection that is forced off then
// has no listener. Connections that a failing test left open are forced off after a second.
async function waitForConnections(client: pg.Client, name: string): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) {
    const here = 'select from pg_stat_activity where datname = $1'
    if ((await client.query(here, [name])).rowCount === 0) return
    await pause(20)
  }
}

/** Creates a template by filling an empty database, unless it exists. */
export async function withTemplate(
  template: string,
  fill: (url: string) => Promise<unknown>,
): Promise<void> {
  await maintain(async (client) => {
    await client.query('select pg_advisory_lock($1, hashtext($2))', [templates, template])
    const there = await client.query('select from pg_database where datname = $1', [template])
    if (there.rowCount === 1) return
    // Renamed when it is complete, so a killed run does not leave half of a template. PostgreSQL also refuses to copy a
    // database that another session is connected to, as its creator is while it fills the template.
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

/** Runs statements on the server's maintenance database, over a connection of its own. */
async function maintain(act: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: maintenanceUrl() })
  await client.connect()
  try {
    await act(client)
  } finally {
    await client.end() // this also releases the lock
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
    throw new Error(
      'no PostgreSQL for the tests: run them with `npm test`, or `npm test -- <file>`',
    )
  return url
}
