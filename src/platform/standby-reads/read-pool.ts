/**
 * The pool that responses are read from: a prepared query goes to the standby that was chosen for the response in whose
 * context it runs (`postgres/snapshot.ts`), and every other one to the primary server.
 *
 * Only prepared queries check the position of their snapshot, so no other text reaches a standby.
 */

import type { Pool } from 'pg'
import type { Queryable } from '../postgres/prepared.ts'
import { PreparedQuery } from '../postgres/prepared-query.ts'
import { currentSnapshot } from '../postgres/snapshot.ts'

/** Wraps the pool of the primary server. */
export function createReadPool(primary: Pool): Queryable {
  const query = (text: unknown, ...values: unknown[]) => {
    const standby = text instanceof PreparedQuery ? currentSnapshot()?.standby : undefined
    return Reflect.apply((standby ?? primary).query, standby ?? primary, [text, ...values])
  }
  return { query: query as Pool['query'] }
}
