// A database in which every release is live, and servers of all releases at work on it: readers with
// prepared statements, as old servers have them, and writers. A failing statement fails the test.
import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import { append, passwordChanged, sessionStarted, userRegistered } from '../../append-requests.ts'
import type { Finishing } from '../../database.ts'
import { idOf } from '../../ids.ts'
import { connect } from '../../installed.ts'
import { stepwiseDatabase } from '../../stepwise-database.ts'
import { readProjections } from '../projections.ts'

/** The pause between two statements of a server. */
const pauseMs = 3

/** Users who exist from the start. */
export const users = Array.from({ length: 20 }, (_, n) => idOf(n + 1))

/** A database in which every release up to `to` (the newest) is live, with users and their sessions. */
export async function databaseOfAllReleases(
  t: Finishing,
  to?: number,
): Promise<{ url: string; db: pg.Client }> {
  const url = await stepwiseDatabase(t, to)
  const db = await connect(t, url)
  await append(
    db,
    users.flatMap((id) => [userRegistered(id), sessionStarted(id.replace(/^0/, 'a'), id)]),
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
    this.writing = [1, 2].map((writer) => keepWriting(t, url, () => this.over, writer * 1000))
  }

  /** Stops all; rejects with the first failure of any. Returns how often each table was read. */
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
      const values = [users[reads % users.length]]
      const { rowCount } = await reader.query({ name: table, text, values })
      if (rowCount !== 1) throw new Error(`${table} shows ${rowCount} rows of ${values}`)
      await pause(pauseMs)
    }
    return reads
  }
}

/** Registers users with ids from `first` on and changes their passwords, until it is over. */
export async function keepWriting(
  t: Finishing,
  url: string,
  isOver: () => boolean,
  first: number,
): Promise<void> {
  const client = await connect(t, url)
  for (let n = first; !isOver(); n += 1) {
    await append(client, [userRegistered(idOf(n)), passwordChanged(idOf(n), 2)])
    await pause(pauseMs)
  }
}

/** The number of event tables whose function projects into a read table, whatever its state is. */
export async function countProjections(db: pg.Client, table: string): Promise<number> {
  return (await readProjections(db)).filter(({ readTable }) => readTable === table).length
}
