// Two workers of the newest release during a roll-out, with an SMTP server that keeps their mails; and
// the check that every event since their start, written through whichever release, caused each
// reaction exactly once.
import type { ClientBase } from 'pg'
import { loadConfig } from '../../../../src/config.ts'
import { mailId } from '../../../../src/features/account-recovery/account-mail.ts'
import { serviceUserId } from '../../../../src/features/users/queries.ts'
import { work } from '../../../../src/work.ts'
import type { Finishing } from '../../database.ts'
import { readableLog } from '../../http/bare-app.ts'
import { readProcesses } from '../../process-managers.ts'
import { smtpServer } from '../../smtp-server.ts'
import { workEnv } from '../../working.ts'
import type { SharedState } from './shared-state.ts'

export interface Workers {
  /** The ids of all sent mails, in order. */
  readonly mails: () => string[]
  /** The workers' log lines of level warn and above. */
  readonly warnings: readonly string[]
  /** The position after which every event must have been reacted to. */
  readonly since: string
}

/** Starts two workers, which run until the test ends. */
export async function startWorkers(t: Finishing, url: string, db: ClientBase): Promise<Workers> {
  const { url: smtpUrl, mails } = await smtpServer(t)
  const { log, lines: warnings } = readableLog('warn')
  const { rows } = await db.query('select max(position)::text as since from log.events')
  for (let n = 0; n < 2; n += 1) {
    const working = await work({ config: loadConfig(workEnv(smtpUrl)), databaseUrl: url, log })
    t.teardown(() => working.close())
  }
  const ids = () => mails.map(({ messageId = '' }) => messageId.slice(1, 37))
  return { mails: ids, warnings, since: rows[0].since }
}

/** An event that process managers react to. */
interface Cause {
  readonly id: string
  readonly type: string
  /** Whether it was appended after the workers had started. */
  readonly late: boolean
  readonly welcomes: number
  /** Whether its user has verified their address, and whether that was before this event. */
  readonly verified: boolean
  readonly verifiedBefore: boolean
}

/** How many links may be sent: a user who verified their address before the mail was sent gets none. */
const dueLinks = ({ verified }: Cause) => (verified ? [0, 1] : [1])

/** How many notices may be sent: only a verified address gets one, and it may be verified just in time. */
const dueNotices = ({ verified, verifiedBefore }: Cause) =>
  verifiedBefore ? [1] : verified ? [0, 1] : [0]

/**
 * Events without their reaction, or with more than one, from the first event of their type that has
 * one; and requested password resets for which not exactly one mail was sent.
 */
export async function wrongReactions(
  db: ClientBase,
  state: SharedState,
  { mails, since }: Workers,
): Promise<unknown[]> {
  const sent = new Map<string, number>()
  for (const id of mails()) sent.set(id, (sent.get(id) ?? 0) + 1)
  const mailed = (process: string, cause: string | null, id = '') =>
    sent.get(mailId({ process, cause, id, data: {}, askedAt: new Date(0), attempts: 0 })) ?? 0
  const causes = await readCauses(db, since)
  const { welcome = '', verification = '', password_notice: notice = '' } = await readProcesses(db)
  const wrong = (
    process: string,
    type: string,
    times: (cause: Cause) => number,
    due: (cause: Cause) => readonly number[],
  ) => {
    const ofType = causes.filter((cause) => cause.type === type)
    const first = ofType.findIndex((cause) => cause.late || times(cause) > 0)
    return ofType
      .filter((_, n) => n >= first)
      .map((cause) => ({ process, type, id: cause.id, times: times(cause), cause }))
      .filter(({ times, cause }) => !due(cause).includes(times))
  }
  const types = [...new Set(causes.map(({ type }) => type))]
  const registered = types.filter((type) => type.startsWith('user_registered_'))
  const changed = types.filter((type) => type.startsWith('password_changed_'))
  return [
    ...registered.flatMap((type) =>
      wrong(
        welcome,
        type,
        ({ welcomes }) => welcomes,
        () => [1],
      ),
    ),
    ...registered.flatMap((type) =>
      wrong(verification, type, ({ id }) => mailed(verification, id), dueLinks),
    ),
    ...changed.flatMap((type) => wrong(notice, type, ({ id }) => mailed(notice, id), dueNotices)),
    ...state.requestedResets.filter(({ process, id }) => mailed(process, null, id) !== 1),
  ]
}

async function readCauses(db: ClientBase, since: string): Promise<Cause[]> {
  const { rows } = await db.query<Cause>(
    `select e.id, e.type, e.position > $1 as late, coalesce(w.welcomes, 0) as welcomes,
       v.position is not null as verified, coalesce(v.position < e.position, false) as "verifiedBefore"
     from log.events e
     left join read.verified_emails_8 v on v.user_id = e.stream_id
     left join (
       select metadata ->> 'causationId' as cause, count(*)::int as welcomes
       from log.events where type like 'message_sent_%' group by 1
     ) w on w.cause = e.id::text
     where e.type ~ '^(user_registered|password_changed)_' and e.stream_id <> $2
       -- The tasks of a departed user are deleted, and a user who left gets one mail alone.
       and e.stream_id not in (select user_id from log.erasures union select user_id from log.user_left_15)
     order by e.position`,
    [since, serviceUserId],
  )
  return rows
}
