// Cuts an operator's operation off at any instant, as the death of its process would: its connection ends.
// A test repeats the operation until it completes.
import pg from 'pg'
import { backendPid } from './blocked-sessions.ts'

/** What pg reports to an operation whose connection was terminated. */
const terminated = /terminat|not queryable|ECONNRESET|EPIPE/

/**
 * Runs an operation on a connection that is terminated after so many milliseconds. Returns whether
 * the operation completed; rethrows any other error than that of the lost connection.
 */
export async function completesWithin(
  url: string,
  milliseconds: number,
  run: (client: pg.Client) => Promise<unknown>,
): Promise<boolean> {
  const [client, killer] = [1, 2].map(() => new pg.Client({ connectionString: url })) as [
    pg.Client,
    pg.Client,
  ]
  for (const each of [client, killer]) {
    each.on('error', () => undefined)
    await each.connect()
  }
  const pid = await backendPid(client)
  const cut = setTimeout(
    () => killer.query('select pg_terminate_backend($1)', [pid]).catch(() => undefined),
    milliseconds,
  )
  try {
    await run(client)
    return true
  } catch (error) {
    if (error instanceof Error && terminated.test(error.message)) return false
    throw error
  } finally {
    clearTimeout(cut)
    await Promise.all([client.end(), killer.end()].map((end) => end.catch(() => undefined)))
  }
}

/** Destroys a client's socket from inside the process, at an instant that the test chooses. */
export function destroyConnection(client: pg.Client): void {
  // biome-ignore lint/suspicious/noExplicitAny: the types of pg do not declare the socket
  ;(client as any).connection.stream.destroy()
}
