/** Whether the database accepts writes: checked before a command or server starts, and by `/readyz`. */

import type { QueryResult } from 'pg'

interface Writing {
  readonly database: string
  readonly recovering: boolean
  /** Whether this session's transactions are read-only. */
  readonly here: boolean
  /** Whether those of sessions to come are; null where neither role nor database sets it. */
  readonly next: boolean | null
}

/**
 * A session has the defaults of its beginning. The catalogue has those of later sessions; the setting of a role
 * in a database wins over that of the role, and that over the database's.
 */
const text = `
  select current_database() as database, pg_is_in_recovery() as recovering,
         current_setting('transaction_read_only')::boolean as here,
         (select split_part(setting, '=', 2)::boolean
          from pg_db_role_setting s, unnest(s.setconfig) setting
          where s.setrole in (0, (select oid from pg_roles where rolname = session_user))
            and s.setdatabase in
                (0, (select oid from pg_database where datname = current_database()))
            and setting like 'default\\_transaction\\_read\\_only=%'
          order by (s.setrole <> 0) desc, (s.setdatabase <> 0) desc
          limit 1) as next`

interface Asked {
  query(config: { name: string; text: string }): Promise<QueryResult<Writing>>
}

/** Why new transactions cannot write, with what to do; undefined if they can. */
export async function whyReadOnly(on: Asked): Promise<string | undefined> {
  const [writing] = (await on.query({ name: 'whyReadOnly', text })).rows
  if (!writing) return undefined
  const { database, recovering, here, next } = writing
  if (recovering) {
    return `the server of the database ${database} is a standby; connect to the primary server`
  }
  if (!here && !next) return undefined
  return (
    `default_transaction_read_only is on for this login or the database ${database}; find out why, then ` +
    'run "alter role … reset default_transaction_read_only" or "alter database … reset …"'
  )
}
