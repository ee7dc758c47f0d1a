/** The query about tokens: the owner of a token, and the owner's version in the same snapshot. */

import { type NotNull, sql } from 'kysely'
import { type Param, prepare, type Queryable } from '../../platform/postgres/prepared.ts'
import { hashToken } from '../../platform/tokens.ts'
import type { Purpose } from './events.ts'
import { recordedHashOf } from './retry-tokens.ts'
import { database } from './tables.ts'

export interface FoundToken {
  /** The id of the event that issued it. */
  readonly issuedBy: string
  readonly userId: string
  /** Of the user's stream. */
  readonly version: number
}

const byHash = prepare('findMailToken', (param: Param<{ hash: string; purpose: string }>) =>
  database
    .selectFrom('read.mail_tokens_8 as token')
    .where(sql<boolean>`token_hash = ${param('hash')}::bytea`)
    .where('purpose', '=', param('purpose'))
    .where('expires_at', '>', sql<string>`now()`)
    .select('user_id as userId')
    .select(({ selectFrom }) => [
      selectFrom('log.events as issued')
        .whereRef('issued.position', '=', 'token.position')
        .select('issued.id')
        .as('issuedBy'),
      selectFrom('log.events as event')
        .whereRef('event.stream_id', '=', 'token.user_id')
        .select(({ fn }) => fn.max('event.stream_version').as('version'))
        .as('version'),
    ])
    .$narrowType<{ version: NotNull; issuedBy: NotNull }>(),
)

/** The owner of a valid token; undefined when it is unknown, used, replaced, expired or for another purpose. */
export async function findMailToken(
  on: Queryable,
  token: string,
  purpose: Purpose,
): Promise<FoundToken | undefined> {
  const hash = hashToken(token)
  const found = await byHash.first(on, { hash, purpose })
  if (found) return found
  const recorded = await recordedHashOf(on, hash)
  return recorded === undefined ? undefined : byHash.first(on, { hash: recorded, purpose })
}
