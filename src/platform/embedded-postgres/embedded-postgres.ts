// The embedded PostgreSQL that runs when DATABASE_URL is not set: a real server on a directory. It is
// started, adopted after a crash, recovered and stopped here. Any number of processes may open the same
// directory at the same time, but only one of them as the service.
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findBinaries } from './binaries.ts'
import { ensureCluster, type Site } from './cluster.ts'
import { followLink, settle } from './data-directory.ts'
import { EmbeddedPostgresError } from './embedded-error.ts'
import { isTransient, Membership } from './membership.ts'
import {
  type Launch,
  launchPostmaster,
  mayPass,
  patience,
  serverFailure,
  stopPostmaster,
} from './postmaster.ts'
import { findPostmaster } from './postmaster-pid.ts'
import { accountFor } from './system-user.ts'

export interface EmbeddedOptions {
  /** The folder of the data, e.g. `<checkout>/.data`. */
  directory: string
  /** True for the service, which has the directory to itself. False for a guest (install, status, tests). */
  exclusive: boolean
  /** Receives notes for the user: where the data are, that a running server was adopted. */
  say: (line: string) => void
  /** More settings of the server, e.g. `fsync: 'off'` in tests. A running server does not get them. */
  settings?: Record<string, string>
}

export interface EmbeddedPostgres {
  /** `postgres://postgres:<password>@127.0.0.1:<port>/epistle`, a superuser. */
  url: string
  /** Stops the server unless another process uses it. Idempotent. */
  close(): Promise<void>
}

/**
 * Makes sure that a PostgreSQL serves the directory, and joins its users until `close`. A process that
 * exits without `close` leaves a server behind, which the next start adopts.
 * @throws EmbeddedPostgresError
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  // 1. The account of the server's processes, the folder, and the binaries.
  const site = await findSite(options)
  // 2. The data directory, created once.
  const password = await ensureCluster(site)
  // 3. A server, a new one or one that runs already, and membership in its users.
  const { membership, port } = await join(site, password, options)
  let closed: Promise<void> | undefined
  const close = (): Promise<void> => {
    closed ??= membership.leave(() => stopPostmaster(site))
    return closed
  }
  // 4. The service's own lock, and the database.
  try {
    if (options.exclusive) await membership.claimService(options.directory)
    await membership.ensureDatabase('epistle')
  } catch (error) {
    await close()
    throw error
  }
  return { url: urlOf(password, port, 'epistle'), close }
}

async function findSite({ directory, settings = {}, say }: EmbeddedOptions): Promise<Site> {
  const account = await accountFor(path.join(await followLink(directory), 'data'))
  const binaries = await findBinaries(account, say)
  const place = await settle(path.resolve(directory), account, say)
  return { directory: place, data: path.join(place, 'data'), account, binaries, settings }
}

interface Joined {
  membership: Membership
  port: number
}

// Each round looks at the present state again, because other processes start, stop and kill servers too.
async function join(site: Site, password: string, options: EmbeddedOptions): Promise<Joined> {
  let launch: Launch | null = null
  for (const until = Date.now() + patience; Date.now() < until; await sleep(25)) {
    const postmaster = await findPostmaster(site.data)
    if (!postmaster) {
      if (launch && launch.exitCode() === undefined) continue
      if (launch) await checkFailedLaunch(launch, site)
      launch = await launchPostmaster(site)
    }
    if (!postmaster?.isReady) continue
    const url = urlOf(password, postmaster.port, 'postgres')
    const membership = await tryJoin(url, site, options)
    if (!membership) continue
    if (postmaster.pid !== launch?.pid) await reportAdoption(membership, postmaster.pid, options)
    return { membership, port: postmaster.port }
  }
  throw await serverFailure(
    site,
    'start_timeout',
    `PostgreSQL on ${site.directory} was not ready after ${patience / 1000} s. If it is still recovering, start Epistle again to wait longer.`,
  )
}

/** Joins the users of the server; null while it is starting or stopping. */
async function tryJoin(
  url: string,
  site: Site,
  { say }: EmbeddedOptions,
): Promise<Membership | null> {
  try {
    return await Membership.join(url, say)
  } catch (error) {
    if (isTransient(error)) return null
    throw new EmbeddedPostgresError(
      'directory_unusable',
      `PostgreSQL runs on ${site.directory} but rejects the connection: ${(error as Error).message}. The password is in ${path.join(site.directory, 'password')}.`,
      { directory: site.directory },
    )
  }
}

/** Returns when a retry makes sense: another process stopped the server, or the cause may pass. */
async function checkFailedLaunch(launch: Launch, site: Site): Promise<void> {
  if (launch.exitCode() === 0) return
  if (!mayPass(await launch.log())) {
    throw await serverFailure(
      site,
      'start_failed',
      `PostgreSQL does not start on ${site.directory}.`,
    )
  }
  await sleep(100)
}

async function reportAdoption(
  membership: Membership,
  pid: number,
  { directory, exclusive, say }: EmbeddedOptions,
): Promise<void> {
  if (!exclusive || (await membership.others()) > 0) return
  say(`adopted the PostgreSQL (process ${pid}) that an earlier run left on ${directory}`)
}

function urlOf(password: string, port: number, database: string): string {
  return `postgres://postgres:${password}@127.0.0.1:${port}/${database}`
}
