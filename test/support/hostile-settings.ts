// Defaults that an operator can give a database, each of which would break something if our connections had it.
// Timeouts apply until the first statement of a connection replaces them, which a busy machine can delay; only the limits
// for locks and open transactions cannot end that statement.
import type pg from 'pg'

/** The settings, with the value that our connections rely on. */
export const hostile: Readonly<Record<string, { value: string; ours: string }>> = {
  lock_timeout: { value: '1ms', ours: '0' },
  idle_session_timeout: { value: '10s', ours: '0' },
  transaction_timeout: { value: '5s', ours: '0' },
  client_encoding: { value: 'LATIN1', ours: 'UTF8' },
  datestyle: { value: 'German, DMY', ours: 'ISO, MDY' },
  timezone: { value: 'Asia/Kathmandu', ours: 'UTC' },
  intervalstyle: { value: 'iso_8601', ours: 'postgres' },
  bytea_output: { value: 'escape', ours: 'hex' },
  extra_float_digits: { value: '-15', ours: '1' },
  array_nulls: { value: 'off', ours: 'on' },
  standard_conforming_strings: { value: 'off', ours: 'on' },
  quote_all_identifiers: { value: 'on', ours: 'off' },
  transform_null_equals: { value: 'on', ours: 'off' },
  search_path: { value: 'nowhere', ours: '' },
  default_transaction_isolation: { value: 'serializable', ours: 'read committed' },
  default_transaction_deferrable: { value: 'on', ours: 'off' },
  row_security: { value: 'off', ours: 'on' },
  check_function_bodies: { value: 'off', ours: 'on' },
  restrict_nonsystem_relation_kind: { value: 'view', ours: '' },
  gin_fuzzy_search_limit: { value: '1', ours: '0' },
  'plpgsql.extra_errors': { value: 'all', ours: 'none' },
  client_min_messages: { value: 'debug5', ours: 'warning' },
  jit: { value: 'on', ours: 'off' },
  session_replication_role: { value: 'replica', ours: 'origin' },
  statement_timeout: { value: '5s', ours: '0' },
  idle_in_transaction_session_timeout: { value: '9ms', ours: '0' },
}

/** Gives the database of a connection all of these that its version of PostgreSQL has. */
export async function setHostileDefaults(owner: pg.Client): Promise<void> {
  const { rows } = await owner.query(
    `select format('alter database %I set %s = %L', current_database(), key, value) as statement
     from jsonb_each_text($1) where current_setting(key, true) is not null
     order by key = 'session_replication_role'`,
    [Object.fromEntries(Object.entries(hostile).map(([name, { value }]) => [name, value]))],
  )
  for (const { statement } of rows) await owner.query(statement)
}
