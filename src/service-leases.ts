/**
 * The leases of a server or worker: they keep its read tables from being retired while it reads them.
 *
 * Their connection is the only one with a heartbeat. When it is lost, the other connections may be dead without
 * an error, so their sockets are destroyed too.
 */

import type { Logger } from 'pino'
import { connections, levels, measured } from './platform/metrics/measurements.ts'
import type { Sockets } from './platform/postgres/sockets.ts'
import {
  holdLeases,
  type Leases,
  NotLiveError,
  StandbyError,
} from './platform/read-models/serve/leases.ts'
import { serviceSession } from './service-pool.ts'

interface ServiceLeaseOptions {
  readonly databaseUrl: string
  readonly tables: readonly string[]
  /** The name under which `retire` reports this process, e.g. `epistle work`. */
  readonly holder: string
  /** What the process does without the leases, for the log. */
  readonly meanwhile: string
  readonly log: Logger
  readonly sockets: Sockets
}

/** Leases, and the name under which the database shows their process. */
export type ServiceLeases = Leases & { readonly name: string }

/** Takes the leases, and takes them again whenever they are lost. Throws NotLiveError or StandbyError. */
export async function takeServiceLeases(options: ServiceLeaseOptions): Promise<ServiceLeases> {
  const { databaseUrl, tables, meanwhile, log, sockets } = options
  const name = `${options.holder}, process ${process.pid}`
  let missing = 0
  const leases = await holdLeases({
    databaseUrl,
    session: serviceSession,
    tables,
    holder: name,
    onChange: (held, reason) => {
      // A failed attempt to take them again is reported, too, where its reason is another one.
      const isLoss = !held && missing === 0
      missing = held ? 0 : 1
      if (held) return log.info('holding the leases on the read tables again')
      if (isLoss) {
        measured.leases.report({ lost: kindOf(reason) })
        log.warn({ err: reason }, `lost the leases on the read tables; ${meanwhile}`)
      } else log.warn({ err: reason }, 'cannot take the leases on the read tables yet; retrying')
      sockets.destroyAll()
    },
  })
  const uncount = [
    levels.leasesMissing.add(() => missing),
    levels.leasesHeld.add(() => (leases.held() ? tables.length : 0)),
    connections.leases.open.add(() => Number(leases.held())),
  ]
  const close = () => {
    for (const stop of uncount) stop()
    return leases.close()
  }
  return { name, held: leases.held, close }
}

function kindOf(reason: unknown): 'standby' | 'not_live' | 'connection' {
  if (reason instanceof StandbyError) return 'standby'
  return reason instanceof NotLiveError ? 'not_live' : 'connection'
}
