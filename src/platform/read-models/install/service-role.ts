/**
 * The service role: the role with which `serve` and `work` run their queries. Roles belong to the cluster,
 * not to the database, so creating it can need more rights than installing does. Statements that the
 * present user may not run are returned for an administrator.
 */

import { type ClientBase, DatabaseError } from 'pg'

/** A role that only carries rights; the login of a production server is a member of it. */
export const serviceRole = 'epistle_service'

/**
 * Creates the service role and grants it to the present user. Returns, as lines for the operator, the
 * statements that this user may not run.
 */
export async function ensureServiceRole(client: ClientBase): Promise<string[]> {
  const refused: string[] = []
  const { rows } = await client.query(
    `select to_regrole($1) is not null as there, current_user as me`,
    [serviceRole],
  )
  if (!rows[0].there && !(await attempt(client, `create role ${serviceRole} nologin`))) {
    refused.push(
      `this user may not create roles; an administrator must run: create role ${serviceRole} nologin;`,
    )
  }
  // From PostgreSQL 16 on, the creator of a role must still be granted it before `set role` works.
  const grant = `grant ${serviceRole} to ${client.escapeIdentifier(rows[0].me)}`
  if (!(await mayTakeServiceRole(client)) && !(await attempt(client, grant))) {
    refused.push(`if servers will connect as this user, an administrator must run: ${grant};`)
  }
  return refused
}

async function mayTakeServiceRole(client: ClientBase): Promise<boolean> {
  return attempt(client, `set role ${serviceRole}; reset role`)
}

/** Whether a statement succeeded; that another session created the same role first counts as success. */
async function attempt(client: ClientBase, statement: string): Promise<boolean> {
  try {
    await client.query(statement)
    return true
  } catch (error) {
    // 25006: not a matter of rights, because the database accepts no writes.
    if (!(error instanceof DatabaseError) || error.code === '25006') throw error
    // 42710 duplicate_object; 23505 when two sessions create it at the same time
    return error.code === '42710' || error.code === '23505'
  }
}
