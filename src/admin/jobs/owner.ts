/**
 * The login of ADMIN_DATABASE_URL: why it can start no job, in words for the operator who asked for one, whether it has
 * the rights of the owner, and whether it leads to the database of the servers.
 */

import type { Socket } from 'node:net'
import type { FastifyBaseLogger } from 'fastify'
import { type ClientBase, DatabaseError, type Pool } from 'pg'
import { withConnection } from '../../command-connection.ts'
import { explain } from '../../explain-error.ts'
import { problemOf } from '../../platform/http/problems/error-to-problem.ts'
import { Problem } from '../../platform/http/problems/problem.ts'
import type { Sockets } from '../../platform/postgres/sockets.ts'
import { endAct } from '../acts/acts.ts'

/** Turns an error from before a job had begun into a problem with a reason for operators, if it has one. */
export function whyNotStarted(error: unknown): unknown {
  if (error instanceof Problem) return error
  const reason = reasonOf(error)
  if (reason === undefined) return error
  const detail = `No job can start with ADMIN_DATABASE_URL: ${reason}.`
  return new Problem('unavailable', { detail, cause: error })
}

/**
 * Throws `unavailable` where a login has not the rights that each job needs: those of the role that owns the schemas, and
 * to create another one.
 */
export async function requireOwner(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ owns: boolean | null }>(
    `select bool_and(pg_has_role(nspowner, 'usage')) and
       has_database_privilege(current_database(), 'create') as owns
     from pg_namespace where nspname in ('log', 'read', 'work', 'engine')`,
  )
  // Null where nothing is installed, which the first statement of a job reports.
  if (rows[0]?.owns !== false) return
  const reason = 'its login does not own the database. Use the login of `epistle install`'
  throw new Problem('unavailable', {
    detail: `No job can start with ADMIN_DATABASE_URL: ${reason}.`,
  })
}

/**
 * Logs a warning where no job could start now, and returns a function that ends the look. Operators learn it at the start
 * of a server, not when they need the first job. The server starts meanwhile, because it works without the owner.
 */
export function warnUnlessOwner(
  ownerUrl: string,
  sockets: Sockets,
  log: Pick<FastifyBaseLogger, 'warn'>,
): () => Promise<void> {
  let isOver = false
  let socket: Socket | undefined
  const open = () => {
    if (isOver) throw new Error('the server stops')
    socket = sockets.open()
    return socket
  }
  const looking = withConnection(ownerUrl, requireOwner, open).catch((error: unknown) => {
    if (isOver) return
    const err = whyNotStarted(error)
    const unknown = 'cannot look whether the login of ADMIN_DATABASE_URL owns the database'
    log.warn({ err }, err instanceof Problem ? err.message : unknown)
  })
  return () => {
    isOver = true
    socket?.destroy()
    return looking
  }
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
