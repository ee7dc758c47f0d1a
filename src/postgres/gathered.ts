/**
 * Look-ups of many requests, gathered into one query at a time.
 *
 * Whoever asks while nothing is in flight is asked for at once; whoever asks meanwhile waits, and goes
 * with all others who do. So a crowd costs a query for each round trip rather than one for each
 * request, and yet every answer is of a query sent after its question came: nothing is remembered,
 * and what was true before a request arrived is never told to it. What is looked up is the caller's.
 */

/** Finds what belongs to each key, in the order of the keys. */
export type LookUp<Key, Found> = (keys: readonly Key[]) => Promise<readonly Found[]>

export interface Gathering {
  /** How many keys go into one query at most; those beyond it go with the next. */
  readonly maxBatch: number
}

interface Question<Key, Found> {
  readonly key: Key
  readonly resolve: (found: Found) => void
  readonly reject: (error: unknown) => void
}

/** Looks up one key, in company. Rejects, as all in its company do, with what their query threw. */
export function gather<Key, Found>(
  lookUp: LookUp<Key, Found>,
  { maxBatch }: Gathering,
): (key: Key) => Promise<Found> {
  const waiting: Question<Key, Found>[] = []
  let inFlight = false

  async function askForAll(): Promise<void> {
    inFlight = true
    while (waiting.length > 0) await ask(lookUp, waiting.splice(0, maxBatch))
    inFlight = false
  }

  return (key) =>
    new Promise((resolve, reject) => {
      waiting.push({ key, resolve, reject })
      if (!inFlight) void askForAll()
    })
}

async function ask<Key, Found>(
  lookUp: LookUp<Key, Found>,
  questions: readonly Question<Key, Found>[],
): Promise<void> {
  try {
    const found = await lookUp(questions.map(({ key }) => key))
    for (const [index, { resolve }] of questions.entries()) resolve(found[index] as Found)
  } catch (error) {
    for (const { reject } of questions) reject(error)
  }
}
