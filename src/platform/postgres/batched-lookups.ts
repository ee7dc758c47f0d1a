/**
 * Look-ups of many requests, gathered into one query at a time.
 *
 * Whoever asks while nothing is in flight is asked for at once; whoever asks meanwhile waits, and goes
 * with all others who do. So a crowd costs a query for each round trip rather than one for each
 * request, and yet every answer is of a query sent after its question came: nothing is remembered,
 * and what was true before a request arrived is never told to it. What is looked up is the caller's.
 */

export interface Lookup<Row> {
  /** Finds the rows of these keys, in any order; there may be the same key twice. */
  readonly lookUp: (keys: readonly string[]) => Promise<readonly Row[]>
  /** Which key a row belongs to, letter for letter. */
  readonly keyOf: (row: Row) => string
}

/**
 * How many keys go into one query at most; those beyond it go with the next. A query for so many
 * takes about a millisecond, and so many seldom wait at a time.
 */
const maxKeys = 256

interface Question<Row> {
  readonly key: string
  readonly resolve: (row: Row | undefined) => void
  readonly reject: (error: unknown) => void
}

/** Looks up one key, in company. Rejects, as all in its company do, with what their query threw. */
export function batchLookups<Row>(
  gathering: Lookup<Row>,
): (key: string) => Promise<Row | undefined> {
  const waiting: Question<Row>[] = []
  let inFlight = false

  async function askForAll(): Promise<void> {
    inFlight = true
    while (waiting.length > 0) await ask(gathering, waiting.splice(0, maxKeys))
    inFlight = false
  }

  return (key) =>
    new Promise((resolve, reject) => {
      waiting.push({ key, resolve, reject })
      if (!inFlight) void askForAll()
    })
}

async function ask<Row>(
  { lookUp, keyOf }: Lookup<Row>,
  questions: readonly Question<Row>[],
): Promise<void> {
  try {
    const rows = await lookUp(questions.map(({ key }) => key))
    const byKey = new Map(rows.map((row) => [keyOf(row), row]))
    for (const { key, resolve } of questions) resolve(byKey.get(key))
  } catch (error) {
    for (const { reject } of questions) reject(error)
  }
}
