/**
 * The one quota of mails to an address, shared by all workers, and counted where a mail is about to be sent:
 * whatever leads to mails, and through whichever release, an address gets no more than `mailsADay`.
 *
 * Each kind of mail has a fixed share of it, so that no kind uses up another's. A stranger who requests reset
 * links cannot suppress the notice that the password was changed, and a thief who changes the password
 * again and again cannot suppress the reset link of the owner.
 *
 * A mail beyond its share is dropped, with a log line: the notices of one day have the same text. To put the mail off
 * would fill the mailbox later.
 */

import type { Pool } from 'pg'
import type { Logger } from 'pino'
import { countOnce } from '../rate-limits/count-once.ts'
import { createCounts } from '../rate-limits/counts.ts'
import { mailQuotas } from '../rate-limits/policies.ts'

export type MailKind = keyof typeof mailQuotas

/**
 * Counts the mail with this id, and returns whether it may be sent. A retry of the mail has the same id. If no
 * mail is due, `isDue` is false: the same work takes the same time, and counts for no mail.
 */
export type MayMail = (
  kind: MailKind,
  mail: { readonly id: string; readonly to: string; readonly isDue?: boolean },
) => Promise<boolean>

/** The quotas over the counts of a database. */
export function createMailQuotas(pool: Pool, log: Pick<Logger, 'warn'>): MayMail {
  const { hash } = createCounts(pool)
  return async (kind, { id, to, isDue = true }) => {
    const address = await hash(`address ${to.toLowerCase()}`)
    for (const quota of mailQuotas[kind]) {
      const key = `${isDue ? 'mail' : 'no-mail'}-${kind}-${quota.seconds}:${address}`
      if (await countOnce(pool, { key, item: id, quota })) continue
      const dropped = 'an e-mail was dropped: its address has reached its limit'
      if (isDue) log.warn({ mail: id, kind, ...quota }, dropped)
      return false
    }
    return true
  }
}

/** No quotas: `RATE_LIMITS=off`. */
export const unlimitedMails: MayMail = async () => true
