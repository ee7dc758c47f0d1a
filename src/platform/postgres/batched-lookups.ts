/**
 * Batched look-ups: the look-ups of concurrent requests share one query at a time.
 *
 * A look-up without a query in flight is sent at once; look-ups that arrive meanwhile share the next query.
 * Many requests thus cost one query for each round trip. Nothing is cached: every result comes from a query
 * that was sent after its look-up arrived. The caller defines the query. Look-ups of responses that are read from a
 * standby share queries of their own.
 *
 * A row that cannot be read fails its own look-up only: the query is repeated in halves until that one is
 * alone. An error of the connection or of the server fails all at once, because a repetition would, too.
 */

import { DatabaseError } from 'pg'
import { currentSnapshot, Snapshot, withSnapshot } from './snapshot.ts'

export interface Lookup<Row> {
  /** Finds the rows of these keys, in any order. A key can occur twice. */
  readonly lookUp: (keys: readonly string[]) => Promise<readonly Row[]>
  /** The exact key that a row belongs to. */
  readonly keyOf: (row: Row) => string
}

/**
 * The maximum number of keys in one query; further keys go into the next query. A query with this many takes
 * about a millisecond, and more keys rarely wait at once.
 */
const maxKeys = 256

interface PendingLookup<Row> {
  readonly key: string
  /** That of the response which the look-up belongs to. */
  readonly snapshot: Snapshot | undefined
  /** The position that this response has to show. */
  readonly atLeast: bigint
  readonly resolve: (row: Row | undefined) => void
  readonly reject: (error: unknown) => void
}

/** The look-ups that wait for one server. */
interface Queue<Row> {
  readonly waiting: PendingLookup<Row>[]
  inFlight: boolean
}

/** Returns a function that looks up one key. It rejects with the error of its last query, or with BehindError. */
export function batchLookups<Row>(lookup: Lookup<Row>): (key: string) => Promise<Row | undefined> {
  /** By the standby that they are sent to; undefined for the primary server. */
  const queues = new Map<Snapshot['standby'], Queue<Row>>()

  function queueOf(standby: Snapshot['standby']): Queue<Row> {
    const queue = queues.get(standby) ?? { waiting: [], inFlight: false }
    queues.set(standby, queue)
    return queue
  }

  async function runQueries(queue: Queue<Row>): Promise<void> {
    const { waiting } = queue
    queue.inFlight = true
    while (waiting.length > 0) await runQuery(lookup, waiting.splice(0, maxKeys))
    queue.inFlight = false
  }

  return (key) =>
    new Promise((resolve, reject) => {
      const snapshot = currentSnapshot()
      const queue = queueOf(snapshot?.standby)
      queue.waiting.push({ key, snapshot, atLeast: snapshot?.atLeast ?? 0n, resolve, reject })
      if (!queue.inFlight) void runQueries(queue)
    })
}

async function runQuery<Row>(
  lookup: Lookup<Row>,
  pending: readonly PendingLookup<Row>[],
): Promise<void> {
  const { lookUp, keyOf } = lookup
  try {
    const shown = pending.find(({ snapshot }) => snapshot)?.snapshot
    const shared = shown && new Snapshot({ standby: shown.standby })
    const keys = pending.map(({ key }) => key)
    const rows = await withSnapshot(shared, () => lookUp(keys))
    const byKey = new Map(rows.map((row) => [keyOf(row), row]))
    for (const each of pending) settle(each, shared?.position, byKey.get(each.key))
  } catch (error) {
    if (pending.length > 1 && isAboutRows(error)) {
      const half = pending.length >> 1
      await runQuery(lookup, pending.slice(0, half))
      await runQuery(lookup, pending.slice(half))
    } else for (const { reject } of pending) reject(error)
  }
}

/** Each response has its own position to show, so one that is behind fails no other. */
function settle<Row>(
  { snapshot, atLeast, resolve, reject }: PendingLookup<Row>,
  position: string | undefined,
  row: Row | undefined,
): void {
  try {
    if (position !== undefined) snapshot?.add(position, atLeast)
    resolve(row)
  } catch (error) {
    reject(error)
  }
}

/**
 * Whether a value is the cause: it broke a parser of our own, or PostgreSQL reports a data exception (22), a
 * limit of the program (54), an error that a function raises (P0) or a corrupted row (XX).
 */
function isAboutRows(error: unknown): boolean {
  if (error instanceof DatabaseError) return /^(?:22|54|P0|XX)/.test(error.code ?? '')
  return error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError
}
