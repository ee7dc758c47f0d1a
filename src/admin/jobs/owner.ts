/**
 * The login of ADMIN_DATABASE_URL: why it can start no job, in words for the operator who asked for one, and whether it
 * leads to the database of the servers.
 */

import { type ClientBase, DatabaseError, type Pool } from 'pg'
import { explain } from '../../explain-error.ts'
import { problemOf } from '../../platform/http/problems/error-to-problem.ts'
import { Problem } from '../../platform/http/problems/problem.ts'
import { endAct } from '../acts/acts.ts'

/** Turns an error from before a job had begun into a problem with a reason for operators, if it has one. */
export function whyNotStarted(error: unknown): unknown {
  if (error instanceof Problem) return error
  const reason = reasonOf(error)
  if (reason === undefined) return error
  const detail = `No job can start with ADMIN_DATABASE_URL: ${reason}.`
  return new Problem('unavailable', { detail, cause: error })
}

/** The reasons are written for commands, which have DATABASE_URL alone. */
function reasonOf(error: unknown): string | undefined {
  // A relation is missing.
  if (error instanceof DatabaseError && error.code === '42P01') {
    return 'nothing is installed in its database'
  }
  return explain(error)
    ?.replaceAll(/\ba DATABASE_URL\b/g, 'an ADMIN_DATABASE_URL')
    .replaceAll(/\bDATABASE_URL\b/g, 'ADMIN_DATABASE_URL')
    .replace('run the command again: it continues where it stopped', 'start the job again')
    .replace('run the command', 'start the job')
}

/**
 * Throws `unavailable` where the act that the owner's login recorded is not that of the servers' login: its time is
 * another one. The act of the other database then has a result, so that no operator there starts the job again.
 */
export async function requireSameDatabase(
  client: ClientBase,
  pool: Pool,
  id: string,
): Promise<void> {
  const recorded = 'select at::text from work.acts where id = $1'
  const owners = await client.query(recorded, [id])
  const ours = await pool.query(recorded, [id]).catch((error: unknown) => {
    // It is not about the owner's login.
    throw problemOf(error)
  })
  if (owners.rows[0]?.at === ours.rows[0]?.at) return
  const reason = 'leads to another database than DATABASE_URL'
  await endAct(client, id, {
    outcome: 'refused',
    detail: `ADMIN_DATABASE_URL of the server ${reason}`,
  })
  throw new Problem('unavailable', { detail: `ADMIN_DATABASE_URL ${reason}.` })
}
