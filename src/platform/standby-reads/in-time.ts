/** Answers of databases that have to come in time: a connection can be silent, and a query can hang. */

import { setTimeout as pause } from 'node:timers/promises'

/** How long an answer may take: ms. */
const answerMs = 2_000

/** The answer. Throws an Error if it takes longer than two seconds. */
export async function inTime<T>(answer: Promise<T>): Promise<T> {
  const timeout = new AbortController()
  const late = pause(answerMs, undefined, { signal: timeout.signal }).then(() => {
    throw new Error(`no answer within ${answerMs / 1000} s`)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    timeout.abort()
    late.catch(() => undefined)
    answer.catch(() => undefined)
  }
}
