// Users in such numbers that a build takes several batches. They are registered by release 0 in one
// statement.
import type pg from 'pg'
import type { Finishing } from '../database.ts'
import { connect, installedDatabase } from '../installed.ts'

/** Registers users `<name>1@example.com`, `<name>2@example.com` … */
export async function registerMany(
  client: pg.ClientBase,
  count: number,
  name = 'user',
): Promise<void> {
  await client.query(
    `insert into log.user_registered_0
     select gen_random_uuid(), $2 || n || '@example.com', 'x' from generate_series(1, $1::int) n`,
    [count, name],
  )
}

/** A database with release 0 alone and so many users: each later release has a history to build. */
export async function releaseZero(
  t: Finishing,
  users = 0,
): Promise<{ url: string; db: pg.Client }> {
  const url = await installedDatabase(t, 0)
  const db = await connect(t, url)
  if (users > 0) await registerMany(db, users)
  return { url, db }
}
