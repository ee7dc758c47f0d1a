// A fresh database with the releases installed, copied from a template that the first test creates; and helpers
// to install release by release.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import pg from 'pg'
import { commandSession, openSession } from '../../src/platform/postgres/session.ts'
import { install } from '../../src/platform/read-models/install/install.ts'
import { listMachinery } from '../../src/platform/read-models/install/machinery.ts'
import { dbDirectory, readReleases } from '../../src/platform/read-models/releases/releases.ts'
import { type Finishing, freshDatabase, withTemplate } from './database.ts'

/** A fresh database with every release up to `to` (the newest) installed at once; its URL. */
export async function installedDatabase(t: Finishing, to?: number): Promise<string> {
  const template = `epistle_template_${await fingerprint()}_${to ?? 'newest'}`
  await withTemplate(template, (url) => installInto(url, { to }))
  return freshDatabase(t, { template })
}

/** Installs into a database as the command does, and returns its messages. */
export async function installInto(
  url: string,
  { to, directory = dbDirectory }: { to?: number | undefined; directory?: string } = {},
): Promise<string[]> {
  const said: string[] = []
  const client = await openSession(url, commandSession, {})
  try {
    const options = { client, directory, say: (line: string) => said.push(line) }
    await install(to === undefined ? options : { ...options, to })
  } finally {
    await client.end()
  }
  return said
}

/** A client that is closed when the test ends. */
export async function connect(t: Finishing, url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  // Dropping the database ends connections that a failing test left open.
  client.on('error', () => undefined)
  await client.connect()
  t.teardown(() => client.end())
  return client
}

/** A hash of db/ for the template's name, because a template lives as long as the server does. */
export async function fingerprint(): Promise<string> {
  const hash = createHash('sha256')
  for (const { files } of await readReleases(dbDirectory)) {
    for (const file of files) hash.update(file.path).update(file.sha256)
  }
  for (const file of await listMachinery(dbDirectory)) {
    hash.update(await readFile(`${dbDirectory}/machinery/${file}`))
  }
  return hash.digest('hex').slice(0, 12)
}
