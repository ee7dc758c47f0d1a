// Runs servers in separate OS processes. Their log, a line per request as in production, goes to a file: with a
// pipe the bench would have to read it, on the processors that it measures.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { ScratchServer } from './scratch-server.ts'

/**
 * Epistle; the same with an admin port; with one batch on its way instead of two; without group append; and a server that
 * echoes or returns a constant.
 */
export type ServerKind =
  | 'epistle'
  | 'epistle with metrics'
  | 'one batch on its way'
  | 'one append a request'
  | 'bare fastify'

/** A program that runs; a server with an admin port has a second URL. */
export interface Program {
  readonly url: string
  readonly adminUrl?: string
  readonly pid: number
  /** Sends it a request over IPC, and waits for the answer. */
  ask(request: object): Promise<unknown>
}

/** What is done with the servers, by their URLs, and by the programs in the same order. */
type Work<T> = (urls: readonly string[], programs: readonly Program[]) => Promise<T>

/** Starts a server of each kind given, all on one database, and runs `work` with them. */
export function withServers<T>(
  server: ScratchServer,
  kinds: readonly ServerKind[],
  databaseUrl: string,
  work: Work<T>,
): Promise<T> {
  const programs = kinds.map((kind) => ['server.ts', kind, databaseUrl] as const)
  return withPrograms(server, programs, work)
}

/** Starts programs of this folder that send `{ url, adminUrl? }` over IPC, each with its arguments. */
export async function withPrograms<T>(
  { directory }: ScratchServer,
  programs: readonly (readonly [file: string, ...args: string[]])[],
  work: Work<T>,
): Promise<T> {
  const log = await open(join(directory, 'servers.log'), 'a')
  const children = programs.map(([file, ...args]) =>
    fork(join(import.meta.dirname, file), args, {
      stdio: ['ignore', log.fd, 'inherit', 'ipc'],
      env: { ...process.env, NODE_ENV: 'production', GRAPHILE_ENV: 'production' },
    }),
  )
  try {
    const running = await Promise.all(children.map(listening))
    return await work(
      running.map(({ url }) => url),
      running,
    )
  } finally {
    await Promise.all(children.map(stop))
    await log.close()
  }
}

async function listening(child: ChildProcess): Promise<Program> {
  const ended = new AbortController()
  child.once('exit', (code) =>
    ended.abort(new Error(`a server exited with code ${code}; see its output above`)),
  )
  const [urls] = await once(child, 'message', { signal: ended.signal })
  const ask = async (request: object) => {
    const answer = once(child, 'message', { signal: ended.signal })
    child.send(request)
    return (await answer)[0]
  }
  return { ...urls, pid: child.pid ?? 0, ask }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  if (child.connected) child.disconnect()
  await ended
}
