// Runs servers in separate OS processes. Their log, a line per request as in production, goes to a file: with a
// pipe the bench would have to read it, on the processors that it measures.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { ScratchServer } from './scratch-server.ts'

/** Epistle; Epistle without group append; and a server that echoes or returns a constant. */
export type ServerKind = 'epistle' | 'one append a request' | 'bare fastify'

/** Starts a server of each kind given, all on one database, and runs `work` with their URLs. */
export async function withServers<T>(
  { directory }: ScratchServer,
  kinds: readonly ServerKind[],
  databaseUrl: string,
  work: (urls: readonly string[]) => Promise<T>,
): Promise<T> {
  const log = await open(join(directory, 'servers.log'), 'a')
  const children = kinds.map((kind) =>
    fork(join(import.meta.dirname, 'server.ts'), [kind, databaseUrl], {
      stdio: ['ignore', log.fd, 'inherit', 'ipc'],
    }),
  )
  try {
    return await work(await Promise.all(children.map(listening)))
  } finally {
    await Promise.all(children.map(stop))
    await log.close()
  }
}

async function listening(child: ChildProcess): Promise<string> {
  const ended = new AbortController()
  child.once('exit', (code) =>
    ended.abort(new Error(`a server exited with code ${code}; see its output above`)),
  )
  const [url] = await once(child, 'message', { signal: ended.signal })
  return url
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  if (child.connected) child.disconnect()
  await ended
}
