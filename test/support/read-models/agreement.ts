// Whether the database agrees with itself and with what it acknowledged. Each function asks in one
// statement, thus in one snapshot, so traffic can go on; an empty list means that all is right.
import type { ClientBase } from 'pg'
import { verify } from '../../../src/platform/read-models/rebuild/verify.ts'
import { dbDirectory } from '../../../src/platform/read-models/releases/releases.ts'
import { liveTables } from './contents.ts'
import type { SharedState } from './rollout/shared-state.ts'

/** Columns that the versions of a family share. Rows with a null in one of them are not compared. */
const shared: Readonly<Record<string, readonly string[]>> = {
  users: ['id', 'email', 'password_hash', 'registered_at', 'position'],
  sessions: ['id', 'user_id', 'token_hash', 'started_at', 'expires_at', 'position'],
  messages: ['id', 'src_id', 'dst_id', 'content', 'sent_at', 'position'],
}

/** Pairs of live versions of one read table whose shared columns differ, and in how many rows. */
export async function versionDifferences(db: ClientBase): Promise<string[]> {
  const live = await liveTables(db)
  const found: string[] = []
  for (const [family, columns] of Object.entries(shared)) {
    const versions = live.filter((name) => name.startsWith(`${family}_`))
    for (const [n, one] of versions.entries()) {
      for (const other of versions.slice(n + 1)) {
        const rowsOf = (table: string) =>
          `(select true as there, ${columns} from read.${table} r where (${columns}) is not null)`
        const { rows } = await db.query(
          `select count(*)::int as rows from ${rowsOf(one)} a full join ${rowsOf(other)} b
             using (${columns})
           where a.there is null or b.there is null`,
        )
        if (rows[0].rows > 0) found.push(`${one} and ${other} differ in ${rows[0].rows} rows`)
      }
    }
  }
  return found
}

/** Users whose username differs between users_1 and users_2. */
export async function differentUsernames(db: ClientBase): Promise<unknown[]> {
  const { rows } = await db.query(
    `select id, a.username, b.username as other from read.users_1 a join read.users_2 b using (id)
     where a.username is distinct from b.username`,
  )
  return rows
}

/** Verify's results for read tables that differ from the log, with the first keys. */
export async function damagedTables(
  db: ClientBase,
  directory = dbDirectory,
  tables: readonly string[] = [],
): Promise<unknown[]> {
  const results = await verify(db, directory, tables, () => undefined)
  return results.filter(({ differences }) => differences > 0)
}

/** Acknowledged users and messages that the log or a read table lacks or shows differently. */
export async function lostWrites(db: ClientBase, state: SharedState): Promise<unknown[]> {
  const { people, messages } = state
  const { rows } = await db.query(
    `select a.*, r.id is not null as registered, u.password_hash as present
     from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as a (id, email, username, hash)
     left join (select id from log.user_registered_0 union all select id from log.user_registered_1)
       r on r.id = a.id
     left join read.users_2 u on u.id = a.id and u.email = a.email
       and u.username is not distinct from a.username
     where r.id is null or u.password_hash is distinct from a.hash`,
    [
      people.map(({ id }) => id),
      people.map(({ email }) => email),
      people.map(({ username }) => username),
      people.map(({ hash }) => hash),
    ],
  )
  const { rows: lostMessages } = await db.query(
    `select a.id from unnest($1::uuid[]) as a (id)
     left join log.message_sent_3 w on w.id = a.id left join read.messages_10 r on r.id = a.id
     where w.id is null or r.id is null`,
    [messages],
  )
  return [...rows, ...lostMessages]
}

/** Sessions of acknowledged users that are missing, or that should have ended. */
export async function lostSessions(db: ClientBase, state: SharedState): Promise<unknown[]> {
  const sessions = state.people.flatMap(({ session }) => (session ? [session.id] : []))
  const { rows } = await db.query(
    `select coalesce(a.id, s.id) as id from unnest($1::uuid[]) as a (id)
     full join (select s.id from read.sessions_10 s where s.user_id = any ($2::uuid[])) s
       on s.id = a.id
     where a.id is null or s.id is null`,
    [sessions, state.people.map(({ id }) => id)],
  )
  return rows
}
