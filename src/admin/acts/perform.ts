/** Carries out an act of an operator: it is recorded before, and its result afterwards. */

import { OperatorError } from '../../operators.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { beginAct, endAct, type NewAct, type Result } from './acts.ts'

/** Where it is reported that a result could not be recorded. */
interface Warnings {
  warn(facts: { readonly err: unknown; readonly act: string }, text: string): void
}

/**
 * Returns or throws what `work` does. What `work` last reported to `record` stands in the list, also if it failed after
 * that. If the result cannot be recorded, the act stands in the list without one.
 */
export async function perform<T>(
  on: Queryable,
  log: Warnings,
  act: NewAct,
  work: (record: (result: object) => void) => Promise<T>,
): Promise<T> {
  const id = await beginAct(on, act)
  let recorded: object | undefined
  const end = (result: Result) =>
    endAct(on, id, { ...result, result: recorded }).catch((err: unknown) => {
      log.warn({ err, act: id }, 'the result of an act could not be recorded')
    })
  try {
    const returned = await work((result) => {
      recorded = result
    })
    await end({ outcome: 'done' })
    return returned
  } catch (error) {
    const isRefused = error instanceof OperatorError
    await end({
      outcome: isRefused ? 'refused' : 'failed',
      ...(isRefused && { detail: error.message }),
    })
    throw error
  }
}
