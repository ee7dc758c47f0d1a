// Many installs, one after the other, under writers of every kind of whom some change their mind.
// Each brings a read table that counts, so that an event missed or applied twice shows in a sum.
import { setTimeout as pause } from 'node:timers/promises'
import type { ClientBase } from 'pg'
import { retire } from '../../../src/platform/read-models/retire/retire.ts'
import { append, userRegistered } from '../append-requests.ts'
import type { Finishing } from '../database.ts'
import { idOf } from '../ids.ts'
import { connect, installedDatabase, installInto } from '../installed.ts'
import { write } from '../racing-writers.ts'
import { damages } from './agreement.ts'
import { copyReleases } from './copied-releases.ts'

/** Events that are counted one by one, with the column of their user; messages are by runs. */
const counted = {
  user_registered_1: 'id',
  password_changed_2: 'user_id',
  password_rehashed_4: 'user_id',
  session_started_0: 'user_id',
}

/** A read table that counts what happened to each user, and adds up the positions of it. */
function tally(table: string, ignored: readonly string[]): string {
  const one = (type: string, user: string): string => `
    create function ${table}_on(event log.${type}) returns void language plpgsql
    as $$ begin
      insert into ${table} values (event.${user}, 1, event.position)
      on conflict (user_id) do update set
        events = ${table}.events + 1, positions = ${table}.positions + excluded.positions;
    end $$;`
  return `
    create table ${table} (
      user_id uuid constraint ${table}_pkey primary key,
      events bigint not null,
      positions numeric not null
    );
    ${Object.entries(counted)
      .map(([type, user]) => one(type, user))
      .join('')}
    create function ${table}_on(events log.message_sent_3[]) returns void language plpgsql
    as $$ begin
      insert into ${table}
      select src_id, count(*), sum(position) from unnest(events) group by src_id
      on conflict (user_id) do update set events = ${table}.events + excluded.events,
        positions = ${table}.positions + excluded.positions;
    end $$;
    create function ${table}_ignores(${ignored.join(', ')}) returns void language sql as '';`
}

/** Every other event there is, of whatever release; other registrations are counted by casts. */
async function uncounted(db: ClientBase): Promise<string[]> {
  const { rows } = await db.query<{ type: string }>(
    `select format('log.%I', type) as type from log.event_types
     where type <> all ($1) and type !~ '^user_registered_' order by type`,
    [[...Object.keys(counted), 'message_sent_3']],
  )
  return rows.map(({ type }) => type)
}

/** Users of whom the table has counted otherwise than the log has it, seen in one snapshot. */
async function miscounts(db: ClientBase, table: string): Promise<unknown[]> {
  const { rows } = await db.query(
    `select user_id, t.events, l.events as expected, t.positions, l.positions as "expectedSum"
     from read.${table} t full join (
       select user_id, count(*) as events, sum(position) as positions
       from (select id as user_id, position from log.user_registered_0
             union all select id, position from log.user_registered_1
             union all select user_id, position from log.password_changed_2
             union all select user_id, position from log.password_rehashed_4
             union all select user_id, position from log.session_started_0
             union all select src_id, position from log.message_sent_3) events
       group by user_id) l using (user_id)
     where (t.events, t.positions) is distinct from (l.events, l.positions)`,
  )
  return rows
}

export interface Exactness {
  /** What was wrong, if anything. */
  readonly miscounts: readonly unknown[]
  /** Read tables that verify finds damaged. */
  readonly damages: readonly unknown[]
  readonly written: number
}

/** Installs so many read tables under so many writers, each time retiring the one before. */
export async function installAgainAndAgain(
  t: Finishing,
  { installs, writers }: { installs: number; writers: number },
): Promise<Exactness> {
  const url = await installedDatabase(t)
  const db = await connect(t, url)
  const users = Array.from({ length: 10 }, (_, n) => idOf(n + 1))
  await append(
    db,
    users.map((id) => userRegistered(id)),
  )
  const releases = await copyReleases(t)
  const ignored = await uncounted(db)
  let done = false
  let chunk = 0
  const writing = Array.from({ length: writers }, async () => {
    for (const client = await connect(t, url); !done; await pause(5)) {
      await write(client, ++chunk, 5, users)
    }
  })
  const found: unknown[] = []
  let table = ''
  try {
    for (let n = releases.next; n < releases.next + installs; n++) {
      const before = table
      table = `tallies_${n}`
      await releases.write(`${n}-tallies/${table}.sql`, tally(table, ignored))
      await installInto(url, { directory: releases.directory })
      found.push(...(await miscounts(db, table)))
      if (before) await retireOne(db, releases.directory, before)
    }
  } finally {
    done = true
    await Promise.all(writing)
  }
  found.push(...(await miscounts(db, table)))
  const wrong = await damages(db, releases.directory)
  const { rows } = await db.query('select count(*)::int as written from log.events')
  return { miscounts: found, damages: wrong, written: rows[0].written }
}

async function retireOne(client: ClientBase, directory: string, table: string): Promise<void> {
  await retire({ client, directory, tables: [table], say: () => undefined })
}
