/** Opens the standbys of READ_DATABASE_URL, one for each host. */

import type { Pool } from 'pg'
import type { Logger } from 'pino'
import type { Config } from './config.ts'
import { connections, countUntilEnd } from './platform/metrics/measurements.ts'
import { hostsOf } from './platform/postgres/database-url.ts'
import { requireOwnSessions } from './platform/postgres/pooler.ts'
import { Sockets } from './platform/postgres/sockets.ts'
import { createFitness } from './platform/standby-reads/fitness.ts'
import { Standby } from './platform/standby-reads/standby.ts'
import { createStandbys, type Standbys } from './platform/standby-reads/standbys.ts'
import { createServicePool, openServiceClient } from './service-pool.ts'

interface StandbyReadOptions {
  readonly config: Pick<Config, 'readDatabaseUrl' | 'readPoolSize'>
  readonly primary: Pool
  readonly readTables: readonly string[]
  readonly log: Logger
  /** Closes them. */
  readonly opened: AsyncDisposableStack
}

/** Resolves when each standby has been looked at. One that cannot be reached or used is reported, and tried again. */
export async function openStandbys(options: StandbyReadOptions): Promise<Standbys> {
  const { primary, readTables, log, opened } = options
  const { readDatabaseUrl, readPoolSize: size } = options.config
  const fitness = createFitness(primary, readTables, log)
  const open = async ({ name, url: databaseUrl }: { name: string; url: string }) => {
    const sockets = new Sockets()
    const standby = new Standby({
      ...{ name, sockets, fitness, log },
      createPool: (admit) => createServicePool({ databaseUrl, size, log, sockets, admit }),
      openClient: async () => {
        await requireOwnSessions(databaseUrl)
        const client = await openServiceClient(databaseUrl, sockets, { pipeline: false })
        countUntilEnd(connections.standby_checks, client)
        return client
      },
    })
    opened.defer(() => standby.close())
    await standby.open()
    return standby
  }
  const hosts = readDatabaseUrl === undefined ? [] : hostsOf(readDatabaseUrl)
  return createStandbys(await Promise.all(hosts.map(open)))
}
