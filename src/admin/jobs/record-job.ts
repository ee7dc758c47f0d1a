/** Records jobs, those of the admin port and those of the command line, in the same way: how each begins and how it fails. */

import type { ClientBase } from 'pg'
import { explain } from '../../explain-error.ts'
import { transaction } from '../../platform/read-models/transactions.ts'
import { beginAct, type NewAct, type Result } from '../acts/acts.ts'
import { takeJobLock } from './job-lock.ts'
import { withoutPersonal } from './report.ts'

/**
 * Records an act on the connection that carries it out, and returns its id. The act, `more` and the lock of the job are
 * one transaction, so no server sees one of them alone.
 */
export async function beginJob(
  client: ClientBase,
  act: NewAct,
  more: (id: string) => Promise<void> = async () => undefined,
): Promise<string> {
  return transaction(client, async () => {
    const id = await beginAct(client, act)
    await more(id)
    await takeJobLock(client, id)
    return id
  })
}

/** Errors that refuse to begin or to continue. The program has no fault then. */
const refusals: ReadonlySet<string> = new Set([
  ...['MaintenanceError', 'InstallError', 'BuildError', 'ReleaseError', 'LockError'],
  ...['OperatorError', 'EndpointError'],
])

/** Errors that quote what was typed, which can be a name or a secret. */
const aboutArguments: ReadonlySet<string> = new Set(['UsageError', 'TargetError'])

/** The result of an act that threw. `unexpected` says where the error is that has no sentence for operators. */
export function failureOf(error: unknown, unexpected: string): Result {
  const name = error instanceof Error ? error.name : ''
  if (aboutArguments.has(name)) return { outcome: 'refused', detail: 'an argument is not valid' }
  const detail = withoutPersonal(explain(error) ?? `an unexpected error; ${unexpected}`)
  return { outcome: refusals.has(name) ? 'refused' : 'failed', detail }
}
