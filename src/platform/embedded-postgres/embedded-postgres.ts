// The embedded PostgreSQL that is used when no DATABASE_URL is given: a real server on a directory.
// Starts it, adopts it, recovers it and stops it, whoever died before, so that any number of
// processes may ask for the same directory at the same time; only one of them may be the service.
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findBinaries } from './binaries.ts'
import { ensureCluster, type Site } from './cluster.ts'
import { followLink, settle } from './data-directory.ts'
import { EmbeddedPostgresError } from './embedded-error.ts'
import { isPassing, Membership } from './membership.ts'
import {
  type Launch,
  launchServer,
  mayPass,
  patience,
  serverFailure,
  stopServer,
} from './postmaster.ts'
import { findPostmaster, type Postmaster } from './postmaster-pid.ts'
import { accountFor } from './system-user.ts'

export interface EmbeddedOptions {
  /** Where the data lie, e.g. `<checkout>/.data`. */
  directory: string
  /** True: the service, alone on this directory. False: a guest (install, status, tests). */
  exclusive: boolean
  /** Notes for a person: where the data lie, that an orphan was adopted. */
  say: (line: string) => void
  /** Further settings of the server, e.g. `fsync=off` in tests. They do not reach a running one. */
  settings?: Record<string, string>
}

export interface EmbeddedPostgres {
  /** `postgres://postgres:<password>@127.0.0.1:<port>/epistle`, a superuser. */
  url: string
  /** Stops the server when nobody else uses it. Idempotent. */
  close(): Promise<void>
}

/**
 * Has a PostgreSQL serve the directory, and joins its users until `close`. Whoever forgets to close,
 * or is killed, leaves a server behind that the next start adopts.
 * @throws EmbeddedPostgresError
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  // 1. Whose processes, where, and which binaries.
  const site = await findSite(options)
  // 2. The data, made once.
  const password = await ensureCluster(site)
  // 3. A server, ours or one that runs already, and a place among its users.
  const { membership, port } = await join(site, password, options)
  let closed: Promise<void> | undefined
  const close = (): Promise<void> => {
    closed ??= membership.leave(() => stopServer(site))
    return closed
  }
  // 4. Alone, if we are the service; then the database.
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

// Each turn looks anew at what is there, since everybody else may start, stop or kill meanwhile.
async function join(site: Site, password: string, options: EmbeddedOptions): Promise<Joined> {
  let launch: Launch | null = null
  for (const until = Date.now() + patience; Date.now() < until; await sleep(25)) {
    const postmaster = await findPostmaster(site.data)
    if (postmaster && !postmaster.isReady) continue
    if (postmaster) {
      const url = urlOf(password, postmaster.port, 'postgres')
      const membership = await tryJoin(url, site, options)
      if (!membership) continue
      if (postmaster.pid !== launch?.pid) await tellOfAdoption(membership, postmaster, options)
      return { membership, port: postmaster.port }
    }
    if (launch && launch.exit() === undefined) continue
    if (launch) await judge(launch, site)
    launch = await launchServer(site)
  }
  throw await serverFailure(
    site,
    'start_timeout',
    `PostgreSQL on ${site.directory} was not ready after ${patience / 1000} s; if it is still recovering, start again to go on waiting.`,
  )
}

/** The membership; null when the server is starting or stopping. */
async function tryJoin(
  url: string,
  site: Site,
  { say }: EmbeddedOptions,
): Promise<Membership | null> {
  try {
    return await Membership.join(url, say)
  } catch (error) {
    if (isPassing(error)) return null
    throw new EmbeddedPostgresError(
      'directory_unusable',
      `PostgreSQL runs on ${site.directory} but lets us not in: ${(error as Error).message}. The password lies in ${path.join(site.directory, 'password')}.`,
      { directory: site.directory },
    )
  }
}

// A launch that ended is forgiven if somebody stopped it, or if the next may do better.
async function judge(launch: Launch, site: Site): Promise<void> {
  if (launch.exit() === 0) return
  if (!mayPass(await launch.log())) {
    throw await serverFailure(
      site,
      'start_failed',
      `PostgreSQL would not start on ${site.directory}.`,
    )
  }
  await sleep(100)
}

async function tellOfAdoption(
  membership: Membership,
  { pid }: Postmaster,
  { directory, exclusive, say }: EmbeddedOptions,
): Promise<void> {
  if (!exclusive || (await membership.others()) > 0) return
  say(`adopted the PostgreSQL (process ${pid}) that an earlier run left on ${directory}`)
}

function urlOf(password: string, port: number, database: string): string {
  return `postgres://postgres:${password}@127.0.0.1:${port}/${database}`
}
