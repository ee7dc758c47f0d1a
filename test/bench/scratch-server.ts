// A PostgreSQL of the bench's own: the embedded one in a temporary directory, with its default
// settings, so fsync and synchronous_commit are on and a commit means what it means in production.
// Gone when the bench ends, also by a signal.
import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/platform/embedded-postgres/embedded-postgres.ts'
import { install } from '../../src/platform/read-models/install/install.ts'

export interface ScratchServer {
  /** A place for files, gone with the server. */
  readonly directory: string
  /** Creates a database, empty or a copy of another that nobody is connected to; its URL. */
  database(name: string, template?: string): Promise<string>
}

/** Runs `work` on a server of its own, with these settings besides, and leaves nothing behind. */
export async function withScratchServer<T>(
  work: (server: ScratchServer) => Promise<T>,
  settings: Record<string, string> = {},
) {
  const scratch = await mkdtemp(join(tmpdir(), 'epistle-bench-'))
  const server = startIn(scratch, settings)
  let removed: Promise<void> | undefined
  const remove = () => {
    removed ??= clearAway(scratch, server)
    return removed
  }
  // A signal also while it starts: what has begun is waited for, and then stopped.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => remove().finally(() => process.exit(1)))
  }
  try {
    const { url } = await server
    return await work({
      directory: scratch,
      database: (name, template) => createDatabase(url, name, template),
    })
  } finally {
    await remove()
  }
}

async function startIn(
  scratch: string,
  settings: Record<string, string>,
): Promise<EmbeddedPostgres & { readonly place: string }> {
  await chmod(scratch, 0o711) // as root, the server runs as another account and must pass
  const directory = join(scratch, 'postgres')
  const server = await startEmbeddedPostgres({
    directory,
    exclusive: true,
    settings,
    say: () => {},
  })
  // Elsewhere when that account cannot enter tmpdir().
  return { ...server, place: await realpath(directory) }
}

async function clearAway(scratch: string, server: ReturnType<typeof startIn>): Promise<void> {
  const started = await server.catch(() => undefined)
  await started?.close()
  for (const path of [started?.place, scratch]) {
    if (path) await rm(path, { recursive: true, force: true })
  }
}

async function createDatabase(url: string, name: string, template = 'template1'): Promise<string> {
  await withClient(url, (client) => client.query(`create database ${name} template ${template}`))
  const created = new URL(url)
  created.pathname = `/${name}`
  return created.href
}

/** Runs `work` on a connection of its own. */
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
  // A signal stops the server first; the query under way tells of it, and clearing away goes on.
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
