/**
 * The service role: what `serve` puts itself under. It lives in the cluster, not in the database,
 * so making it may need more rights than installing; what may not be done here is handed on.
 */

import { type ClientBase, DatabaseError } from 'pg'

/** Rights, and nothing else: a login of production is a member of it. */
export const serviceRole = 'epistle_service'

/**
 * Makes the service role and lets the present user take it. Answers, as lines for a
 * person, the statements that this user may not run.
 */
export async function ensureServiceRole(client: ClientBase): Promise<string[]> {
  const refused: string[] = []
  const { rows } = await client.query(
    `select to_regrole($1) is not null as there, current_user as me`,
    [serviceRole],
  )
  if (!rows[0].there && !(await attempt(client, `create role ${serviceRole} nologin`))) {
    refused.push(
      `not permitted here; an administrator must run: create role ${serviceRole} nologin;`,
    )
  }
  // From PostgreSQL 16 on, who made a role must still be granted it before taking it.
  const grant = `grant ${serviceRole} to ${client.escapeIdentifier(rows[0].me)}`
  if (!(await mayTakeServiceRole(client)) && !(await attempt(client, grant))) {
    refused.push(`only if servers connect as this user, an administrator must run: ${grant};`)
  }
  return refused
}

async function mayTakeServiceRole(client: ClientBase): Promise<boolean> {
  return attempt(client, `set role ${serviceRole}; reset role`)
}

/** Whether a statement could be run; another session that made the same role first is no failure. */
async function attempt(client: ClientBase, statement: string): Promise<boolean> {
  try {
    await client.query(statement)
    return true
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error
    // 42710 duplicate_object, 23505 of two sessions creating it at once
    return error.code === '42710' || error.code === '23505'
  }
}
