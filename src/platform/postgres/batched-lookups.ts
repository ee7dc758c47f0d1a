/**
 * Batched look-ups: the look-ups of concurrent requests share one query at a time.
 *
 * A look-up without a query in flight is sent at once; look-ups that arrive meanwhile share the next query.
 * Many requests thus cost one query for each round trip. Nothing is cached: every result comes from a query
 * that was sent after its look-up arrived. The caller defines the query.
 */

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
  readonly resolve: (row: Row | undefined) => void
  readonly reject: (error: unknown) => void
}

/** Returns a function that looks up one key. It rejects with the error of the query that it shared. */
export function batchLookups<Row>(lookup: Lookup<Row>): (key: string) => Promise<Row | undefined> {
  const waiting: PendingLookup<Row>[] = []
  let inFlight = false

  async function runQueries(): Promise<void> {
    inFlight = true
    while (waiting.length > 0) await runQuery(lookup, waiting.splice(0, maxKeys))
    inFlight = false
  }

  return (key) =>
    new Promise((resolve, reject) => {
      waiting.push({ key, resolve, reject })
      if (!inFlight) void runQueries()
    })
}

async function runQuery<Row>(
  { lookUp, keyOf }: Lookup<Row>,
  pending: readonly PendingLookup<Row>[],
): Promise<void> {
  try {
    const rows = await lookUp(pending.map(({ key }) => key))
    const byKey = new Map(rows.map((row) => [keyOf(row), row]))
    for (const { key, resolve } of pending) resolve(byKey.get(key))
  } catch (error) {
    for (const { reject } of pending) reject(error)
  }
}
