// A fresh database that has the releases, copied from a template which the first test to ask for
// one makes; and the means to install step by step, for tests about just that.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import pg from 'pg'
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

/** Installs into a database, as the command does; answers what it said. */
export async function installInto(
  url: string,
  { to, directory = dbDirectory }: { to?: number | undefined; directory?: string } = {},
): Promise<string[]> {
  const said: string[] = []
  const client = new pg.Client({ connectionString: url })
  await client.connect()
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

/** Of db/: a template is kept as long as the server is, so its name says what it was made from. */
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
