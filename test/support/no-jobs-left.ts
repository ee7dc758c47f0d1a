// Waiting until a worker has done all there is to do: as a function, and as a program for a shell.
import pg from 'pg'
import { until } from './until.ts'

/** Resolves once a database has no task left. */
export async function settled(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  await until('all is done', async () => {
    return (await client.query('select from work.tasks')).rowCount === 0
  })
  await client.end()
}

if (import.meta.main) await settled(process.env.DATABASE_URL ?? '')
