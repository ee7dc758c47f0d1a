/**
 * Once so many wrong passwords in a row were tried at an account that only a reset helps: mail its owner. The attempts
 * are no events, so the server asks for the mail. It does the same for an address without an account, and the worker
 * looks the address up: no response shows which addresses have an account.
 */

import type { Queryable } from '../../platform/postgres/prepared.ts'
import type { Counts } from '../../platform/rate-limits/counts.ts'
import { type Handler, taskChannel, taskData } from '../../platform/task-queue/task.ts'
import { findCredentials } from '../users/queries.ts'
import { type AccountMailDeps, mailUser, mayMailUser } from './account-mail.ts'
import { lockNoticeTask } from './tasks.ts'

const dayMs = 24 * 60 * 60 * 1000

/**
 * Requests the mail to the owner of `email`, once a day. One statement counts and enqueues, so that no crash in between
 * loses the mail, and of attempts at the same time on several servers one requests it.
 */
export async function requestLockNotice(
  on: Queryable,
  hash: Counts['hash'],
  email: string,
): Promise<void> {
  const now = Date.now()
  const key = `locked:${await hash(`account ${email.toLowerCase()}`)}`
  await on.query({
    name: 'lockNotices.request',
    text: `with first as (
             insert into limits.counts as kept (key, points, expire) values ($1, 1, $2)
             on conflict (key) do update set expire = excluded.expire where kept.expire <= $3
             returning 1),
           task as (
             insert into work.tasks (process, data)
             select $4, $5::jsonb from first)
           select pg_notify('${taskChannel}', '') from first`,
    values: [key, now + dayMs, now, lockNoticeTask, taskData({ email })],
  })
}

/** Handles the lock of the account with the address `email`. An unverified address gets no notice. */
export function mailLockNotice(deps: AccountMailDeps): Handler {
  return async (task) => {
    const user = await findCredentials(deps.pool, task.data.email ?? '')
    if (user?.emailVerified && (await mayMailUser(deps, task, user, 'lockNotice'))) {
      await mailUser(deps, task, user, 'account-locked', { at: task.askedAt })
    }
  }
}
