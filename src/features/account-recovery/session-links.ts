/**
 * The tokens in notices of logins, outside the log (`db/machinery/04-service/6-devices.sql`): one ends its session, and
 * the end is an event. Only hashes are stored. A retry of a notice can have another token; the use of one ends both.
 */

import type { Pool } from 'pg'
import { writeConfirmed } from '../../platform/postgres/checked-out.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { taskChannel, taskData } from '../../platform/task-queue/task.ts'
import { hashToken } from '../../platform/tokens.ts'
import { passwordResetTask } from './tasks.ts'

interface SessionLink {
  readonly sessionId: string
  readonly userId: string
}

/** Stores the hash of a token, and deletes those that have expired. */
export async function keepSessionLink(
  on: Queryable,
  link: SessionLink & { readonly tokenHash: string; readonly expiresAt: Date },
): Promise<void> {
  const { tokenHash, sessionId, userId, expiresAt } = link
  await on.query({
    name: 'sessionLinks.keep',
    text: `with expired as (
             delete from sessions.revocation_tokens where token_hash in (
               select token_hash from sessions.revocation_tokens
               where expires_at < now() limit 100 for update skip locked))
           insert into sessions.revocation_tokens (token_hash, session_id, user_id, expires_at)
           values ($1, $2, $3, $4) on conflict (token_hash) do nothing`,
    values: [tokenHash, sessionId, userId, expiresAt],
  })
}

/** The session of a token; undefined for an unknown, used or expired one. */
export async function findSessionLink(
  on: Queryable,
  token: string,
): Promise<SessionLink | undefined> {
  const { rows } = await on.query({
    name: 'sessionLinks.find',
    text: `select session_id as "sessionId", user_id as "userId" from sessions.revocation_tokens
           where token_hash = $1 and expires_at > now()`,
    values: [hashToken(token)],
  })
  return rows[0]
}

/**
 * Uses up the tokens of a session, all or none: its device counts as unused from now on, so that its next login causes
 * a notice, and `resetFor` gets a link to choose a new password. Returns false if they were used before. Resolves once
 * the synchronous standbys have it. Throws UnconfirmedError.
 */
export async function useSessionLink(
  pool: Pick<Pool, 'connect'>,
  { sessionId }: SessionLink,
  resetFor: string | undefined,
): Promise<boolean> {
  const query = {
    name: 'sessionLinks.use',
    text: `with used as (
             delete from sessions.revocation_tokens where session_id = $1 returning user_id),
           device as (
             update sessions.devices device set used_at = '-infinity' from log.events event
             where event.stream_id = $1 and event.stream_version = 1
               and device.user_id in (select user_id from used)
               and device.device = event.metadata ->> 'device'),
           task as (
             insert into work.tasks (process, data)
             select $2, $3::jsonb where $3 is not null and exists (select from used))
           select pg_notify('${taskChannel}', '') from used limit 1`,
    values: [
      sessionId,
      passwordResetTask,
      resetFor === undefined ? null : taskData({ email: resetFor }),
    ],
  }
  const { rows } = await writeConfirmed(pool, (client) => client.query(query))
  return rows.length > 0
}
