// A temporary PostgreSQL for the bench: the embedded one in a temporary directory, or one from other binaries,
// with default settings. fsync and synchronous_commit are on, so a commit means the same as in production. It is
// removed when the bench ends, also after a signal. On the server of a DATABASE_URL, whose settings are its own,
// the databases of the bench are removed.
import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres/embedded-postgres.ts'
import { install } from '../../src/platform/read-models/install/install.ts'
import { givenServer, startBinaries } from './given-server.ts'

export interface ScratchServer {
  /** A directory for files, removed with the server. */
  readonly directory: string
  /** Creates a database, empty or a copy of one without connections; returns its URL. */
  database(name: string, template?: string): Promise<string>
}

/** Runs `work` on its own server, with these additional settings, and leaves nothing behind. */
export async function withScratchServer<T>(
  work: (server: ScratchServer) => Promise<T>,
  settings: Record<string, string> = {},
) {
  const scratch = await mkdtemp(join(tmpdir(), 'epistle-bench-'))
  const server = startIn(scratch, settings)
  let removed: Promise<void> | undefined
  const remove = () => {
    removed ??= cleanUp(scratch, server)
    return removed
  }
  // A signal during the start waits until the server has started, and then stops it.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => remove().finally(() => process.exit(1)))
  }
  try {
    const { url, prefix } = await server
    return await work({
      directory: scratch,
      database: (name, template) =>
        createDatabase(url, prefix + name, template && prefix + template),
    })
  } finally {
    await remove()
  }
}

interface Started {
  readonly url: string
  /** What the names of the databases begin with. */
  readonly prefix: string
  close(): Promise<void>
  /** Another path than the given one if the server's account cannot enter tmpdir(). */
  readonly actualDirectory?: string
}

async function startIn(scratch: string, settings: Record<string, string>): Promise<Started> {
  await chmod(scratch, 0o711) // started by root, the server runs as another account and must be able to enter
  const { binaries, databaseUrl } = givenServer()
  if (databaseUrl) {
    const prefix = `epistle_bench_${process.pid}_`
    return { url: databaseUrl, prefix, close: () => dropDatabases(databaseUrl, prefix) }
  }
  if (binaries) {
    const { directory, ...started } = await startBinaries(binaries, scratch, settings)
    return { ...started, prefix: '', actualDirectory: directory }
  }
  const directory = join(scratch, 'postgres')
  const server = await startEmbeddedPostgres({
    directory,
    exclusive: true,
    settings,
    say: () => {},
  })
  return { ...server, prefix: '', actualDirectory: await realpath(directory) }
}

async function cleanUp(scratch: string, server: ReturnType<typeof startIn>): Promise<void> {
  const started = await server.catch(() => undefined)
  await started?.close()
  for (const path of [started?.actualDirectory, scratch]) {
    if (path) await rm(path, { recursive: true, force: true })
  }
}

async function dropDatabases(url: string, prefix: string): Promise<void> {
  await withClient(url, async (client) => {
    const { rows } = await client.query(
      'select quote_ident(datname) as name from pg_database where starts_with(datname, $1)',
      [prefix],
    )
    for (const { name } of rows) await client.query(`drop database if exists ${name} with (force)`)
  })
}

async function createDatabase(url: string, name: string, template = 'template1'): Promise<string> {
  await withClient(url, (client) => client.query(`create database ${name} template ${template}`))
  const created = new URL(url)
  created.pathname = `/${name}`
  return created.href
}

/** Runs `work` on its own connection. */
export function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  return withClients(url, 1, ([client]) => work(client as pg.Client))
}

/** Runs `work` on so many connections. */
export async function withClients<T>(
  connectionString: string,
  count: number,
  work: (clients: readonly pg.Client[]) => Promise<T>,
): Promise<T> {
  const clients = Array.from({ length: count }, () => new pg.Client({ connectionString }))
  // After a signal the server stops first. The running query then fails, and the clean-up continues.
  for (const client of clients) client.on('error', () => undefined)
  try {
    await Promise.all(clients.map((client) => client.connect()))
    return await work(clients)
  } finally {
    await Promise.all(clients.map((client) => client.end()))
  }
}

/** Installs releases one after another, so that every version of every read table is live. */
export async function installStepwise(url: string, directory: string, releases: readonly number[]) {
  await withClient(url, async (client) => {
    for (const to of releases) await install({ client, directory, to, say: () => {} })
  })
}
