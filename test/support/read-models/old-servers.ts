// A database in which every release lives, and servers of all of them at work on it: readers by
// prepared statements, as an old server has them, and writers. A failing statement fails the test.
import type pg from 'pg'
import { append, passwordChanged, sessionStarted, userRegistered } from '../append-requests.ts'
import type { Finishing } from '../database.ts'
import { idOf } from '../ids.ts'
import { connect } from '../installed.ts'
import { stepwiseDatabase } from '../stepwise-database.ts'
import { readTriggers } from './triggers.ts'

/** People who are there from the start: ids 1 to so many. */
const people = 20

/** Every release up to `to` (the newest) lives, with people who have sessions. */
export async function everyRelease(
  t: Finishing,
  to?: number,
): Promise<{ url: string; db: pg.Client }> {
  const url = await stepwiseDatabase(t, to)
  const db = await connect(t, url)
  const ids = Array.from({ length: people }, (_, n) => idOf(n + 1))
  await append(
    db,
    ids.flatMap((id) => [userRegistered(id), sessionStarted(id.replace(/^0/, 'a'), id)]),
  )
  return { url, db }
}

/** Servers that read these tables, and two that write, until they are stopped. */
export class OldServers {
  private over = false
  private readonly reading: Promise<number>[]
  private readonly writing: Promise<void>[]

  constructor(t: Finishing, url: string, tables: readonly string[]) {
    this.reading = tables.map((table) => this.read(t, url, table))
    this.writing = [1, 2].map((writer) => this.write(t, url, writer))
  }

  /** Stops them all; throws what failed any of them. Answers how often each table was read. */
  async stop(): Promise<number[]> {
    this.over = true
    await Promise.all(this.writing)
    return Promise.all(this.reading)
  }

  private async read(t: Finishing, url: string, table: string): Promise<number> {
    const reader = await connect(t, url)
    await reader.query('set role epistle_service')
    const column = table.startsWith('users') ? 'id' : 'user_id'
    const text = `select * from read.${table} where ${column} = $1`
    let reads = 0
    for (; !this.over; reads += 1) {
      const values = [idOf(1 + (reads % people))]
      const { rowCount } = await reader.query({ name: table, text, values })
      if (rowCount !== 1) throw new Error(`${table} shows ${rowCount} rows of ${values}`)
    }
    return reads
  }

  private async write(t: Finishing, url: string, writer: number): Promise<void> {
    const client = await connect(t, url)
    for (let n = writer * 1000; !this.over; n += 1) {
      await append(client, [userRegistered(idOf(n)), passwordChanged(idOf(n), 2)])
    }
  }
}

/** The triggers on event tables that feed a read table, whatever state it is in. */
export async function countTriggers(db: pg.Client, table: string): Promise<number> {
  return (await readTriggers(db)).filter(({ name }) => name.slice(3).startsWith(`${table}_on_`))
    .length
}
