// Waits until the workers have done all tasks but erasures, which wait for 30 days: as a function, and as a program for a shell.
import pg from 'pg'
import { until } from './until.ts'

/** Resolves once the database has no other task left. */
export async function untilNoTasksLeft(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  const text = `select from work.tasks where process <> 'erasure_15'`
  // After a roll-out there are hundreds of them.
  const find = async () => (await client.query(text)).rowCount === 0
  await until('no task is left', find, 60)
  await client.end()
}

if (import.meta.main) await untilNoTasksLeft(process.env.DATABASE_URL ?? '')
