/** Answers of databases that have to come in time: a connection can be silent, and a query can hang. */

import { setTimeout as pause } from 'node:timers/promises'

/** The answer. Throws what `tooLate` returns if it takes longer. */
export async function inTime<T>(
  answer: Promise<T>,
  milliseconds: number,
  tooLate: () => Error = () => new Error(`no answer within ${milliseconds / 1000} s`),
): Promise<T> {
  const timeout = new AbortController()
  const late = pause(milliseconds, undefined, { signal: timeout.signal }).then(() => {
    throw tooLate()
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    timeout.abort()
    late.catch(() => undefined)
    answer.catch(() => undefined)
  }
}
