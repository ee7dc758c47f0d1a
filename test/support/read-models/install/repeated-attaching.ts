// One read table, attached and set live again and again while sessions append registrations whose functions are
// warm, in long transactions too: by log.append_<type> and log.append1_<type> as servers do, by log.append, and in plain SQL. Each round
// compares the table with the log under the append lock.
import { setTimeout as pause } from 'node:timers/promises'
import type { ClientBase } from 'pg'
import { appendAsServer, countCalls } from '../../append-of-type.ts'
import { append, userRegistered } from '../../append-requests.ts'
import type { Finishing } from '../../database.ts'
import { idOf } from '../../ids.ts'
import { connect, installedDatabase, installInto } from '../../installed.ts'
import { randomness } from '../../racing-writers.ts'
import { copyReleases } from '../copied-releases.ts'
import { eventTypes, ignores } from '../event-types.ts'

export interface RepeatedAttaching {
  /** Positions that the table lacks, or has without an event, or has twice. */
  readonly miscounts: readonly string[]
  /** Events that appends projected into the live table, over all rounds. */
  readonly live: number
  /** Calls of log.append_<type> and log.append1_<type>, over all rounds. */
  readonly ofType: number
}

/** Attaches so many times, with so many writers at work. */
export async function repeatedAttaching(
  t: Finishing,
  { rounds, writers }: { rounds: number; writers: number },
): Promise<RepeatedAttaching> {
  const url = await installedDatabase(t)
  const db = await connect(t, url)
  const table = await installCountingTable(t, url, db)
  let over = false
  let [n, ofType] = [0, 0]
  const writing = Array.from({ length: writers }, async (_, writer) => {
    const client = await connect(t, url)
    const calls = countCalls(client)
    const random = randomness(writer)
    for (; !over; await pause(random() * 4)) await register(client, random, () => idOf(++n))
    ofType += calls.ofType + calls.ofOne
  })
  const miscounts: string[] = []
  let live = 0
  try {
    for (let round = 0; round < rounds; round += 1) {
      const since = await startOver(db, table)
      for (const type of ['user_registered_0', 'user_registered_1']) {
        await db.query('call engine.attach($1, array[$2])', [type, table])
      }
      await pause(round % 5)
      await db.query('select engine.cut_over($1)', [table])
      await pause(round % 7)
      await db.query('begin; select log.take_append_lock()')
      const found = await compare(db, table, since)
      await db.query('commit')
      miscounts.push(...found.miscounts)
      live += found.live
    }
  } finally {
    over = true
    await Promise.all(writing)
  }
  return { miscounts, live, ofType }
}

/** Installs a read table with a row for each time that a registration is projected. Returns its name. */
async function installCountingTable(t: Finishing, url: string, db: ClientBase): Promise<string> {
  const releases = await copyReleases(t)
  const table = `registrations_${releases.next}`
  await releases.add({
    [table]: `
      create table ${table} (
        position bigint constraint ${table}_pkey primary key,
        times int not null
      );
      create function ${table}_on(events log.user_registered_1[]) returns void language plpgsql
      as $$ begin
        insert into ${table} select position, 1 from unnest(events)
        on conflict (position) do update set times = ${table}.times + 1;
      end $$;
      ${ignores(table, await eventTypes(db, /^user_registered_/))}`,
  })
  await installInto(url, { directory: releases.directory })
  return table
}

/** Detaches the table and empties it, as if it were new. Returns the position from which it is to be built. */
async function startOver(db: ClientBase, table: string): Promise<string> {
  await db.query('begin; select log.take_append_lock()')
  const { rows } = await db.query<{ position: string }>(
    `update read.tables set state = 'building', position = (select coalesce(max(position), 0) from log.events)
     where name = $1 returning position::text`,
    [table],
  )
  await db.query(`delete from read.${table}`)
  await db.query('commit')
  await db.query('call engine.detach($1)', [table])
  return rows[0]?.position ?? '0'
}

async function compare(db: ClientBase, table: string, since: string) {
  const { rows } = await db.query<{ wrong: string[]; live: number }>(
    `with expected as (
       select position from log.user_registered_0 where position > $1
       union all select position from log.user_registered_1 where position > $1)
     select count(*) filter (where e.position > t.position)::int as live,
       coalesce(array_agg(format('%s: %s', coalesce(e.position, r.position), coalesce(r.times, 0)))
         filter (where e.position is null or r.times is distinct from 1), '{}') as wrong
     from read.tables t cross join (expected e full join read.${table} r using (position))
     where t.name = $2`,
    [since, table],
  )
  return { miscounts: rows[0]?.wrong ?? [], live: rows[0]?.live ?? 0 }
}

/** What a long transaction does before it appends. */
const beginnings = [
  'select 1',
  'select from log.user_registered_1 limit 1',
  'lock table log.user_registered_1 in row exclusive mode',
  'lock table log.events, log.user_registered_0, log.user_registered_1 in row exclusive mode',
]

/** Registers users in one of several ways; some transactions are long, and some roll back. */
async function register(
  client: ClientBase,
  random: () => number,
  newId: () => string,
): Promise<void> {
  const one = () => {
    const requests = Array.from({ length: random() < 0.5 ? 1 : 2 }, () => userRegistered(newId()))
    const way = random()
    if (way < 0.5) return appendAsServer(client, requests)
    if (way < 0.75) return append(client, requests)
    return client.query(
      `insert into log.user_registered_0 (id, email, password_hash) values ($1, $2, 'plain')`,
      [newId(), `${newId()}@example.com`],
    )
  }
  if (random() < 0.5) return void (await one())
  await client.query('begin')
  await client.query(beginnings[Math.floor(random() * beginnings.length)] ?? '')
  await pause(random() * 10)
  for (let n = random() * 3; n > 0; n -= 1) await one()
  await client.query(random() < 0.2 ? 'rollback' : 'commit')
}
