// Many installs, one after the other, while writers of every kind append and some roll back. Each
// install brings a read table that counts events, so a missed or repeated event shows in a sum.
import { setTimeout as pause } from 'node:timers/promises'
import type { ClientBase } from 'pg'
import { retire } from '../../../../src/platform/read-models/retire/retire.ts'
import { append, userRegistered } from '../../append-requests.ts'
import type { Finishing } from '../../database.ts'
import { idOf } from '../../ids.ts'
import { connect, installedDatabase, installInto } from '../../installed.ts'
import { write } from '../../racing-writers.ts'
import { damagedTables } from '../agreement.ts'
import { copyReleases } from '../copied-releases.ts'
import { eventTypes, ignores } from '../event-types.ts'

/** Events that are projected one by one, with the column of their user; messages come in runs. */
const counted = {
  user_registered_1: 'id',
  password_changed_2: 'user_id',
  password_rehashed_4: 'user_id',
  session_started_0: 'user_id',
}

/** Types that the table does not ignore. Casts bring it the other versions of a registration. */
const notIgnored = new RegExp(
  `^(${[...Object.keys(counted), 'message_sent_3'].join('|')})$|^user_registered_`,
)

/** A read table with the number of each user's events and the sum of their positions. */
function countingTable(table: string, ignored: readonly string[]): string {
  const projection = (type: string, user: string): string => `
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
      .map(([type, user]) => projection(type, user))
      .join('')}
    create function ${table}_on(events log.message_sent_3[]) returns void language plpgsql
    as $$ begin
      insert into ${table}
      select src_id, count(*), sum(position) from unnest(events) group by src_id
      on conflict (user_id) do update set events = ${table}.events + excluded.events,
        positions = ${table}.positions + excluded.positions;
    end $$;
    ${ignores(table, ignored)}`
}

/** Users whose counts in the table differ from those of the log, in one snapshot. */
async function findMiscounts(db: ClientBase, table: string): Promise<unknown[]> {
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

export interface RepeatedInstalls {
  /** Users whose events an install missed or applied twice. */
  readonly miscounts: readonly unknown[]
  /** Read tables that verify finds damaged. */
  readonly damages: readonly unknown[]
  /** How many events the log has in the end. */
  readonly written: number
}

/** Installs so many read tables while so many writers append; each install retires the table before. */
export async function repeatedInstalls(
  t: Finishing,
  { installs, writers }: { installs: number; writers: number },
): Promise<RepeatedInstalls> {
  const url = await installedDatabase(t)
  const db = await connect(t, url)
  const users = Array.from({ length: 10 }, (_, n) => idOf(n + 1))
  await append(
    db,
    users.map((id) => userRegistered(id)),
  )
  let done = false
  let chunk = 0
  const writing = Array.from({ length: writers }, async () => {
    for (const client = await connect(t, url); !done; await pause(20)) {
      await write(client, ++chunk, 5, users)
    }
  })
  try {
    return await installEach(t, url, db, installs, async () => {
      done = true
      await Promise.all(writing)
    })
  } finally {
    done = true
    await Promise.all(writing)
  }
}

async function installEach(
  t: Finishing,
  url: string,
  db: ClientBase,
  installs: number,
  stopWriters: () => Promise<void>,
): Promise<RepeatedInstalls> {
  const releases = await copyReleases(t)
  const { directory, next } = releases
  const ignored = await eventTypes(db, notIgnored)
  const miscounts: unknown[] = []
  let table = ''
  for (let n = next; n < next + installs; n++) {
    const before = table
    table = `event_counts_${n}`
    await releases.write(`${n}-counts/${table}.sql`, countingTable(table, ignored))
    await installInto(url, { directory })
    miscounts.push(...(await findMiscounts(db, table)))
    if (before) await retire({ client: db, directory, tables: [before], say: () => undefined })
  }
  await stopWriters()
  miscounts.push(...(await findMiscounts(db, table)))
  const damages = await damagedTables(db, directory)
  const { rows } = await db.query('select count(*)::int as written from log.events')
  return { miscounts, damages, written: rows[0].written }
}
