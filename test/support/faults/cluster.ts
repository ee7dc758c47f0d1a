// A PostgreSQL cluster of one test, which a test can crash or restore: with the releases installed, with all settings
// that keep committed data (except a reliable disk), and restarted as by an operator.
import { execFile } from 'node:child_process'
import { realpath, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  findBinaries,
  serverEnvironment,
} from '../../../src/platform/embedded-postgres/binaries.ts'
import { accountFor } from '../../../src/platform/embedded-postgres/system-user.ts'
import type { Finishing } from '../database.ts'
import { freshDirectory, start } from '../embedded-postgres/embedding.ts'
import { installInto } from '../installed.ts'

/** Starts a cluster, which is removed after the test. */
export async function ownCluster(t: Finishing) {
  const directory = await freshDirectory(t)
  const { url } = await start(t, directory, 'guest')
  await installInto(url)
  const place = await realpath(directory)
  const data = join(place, 'data')
  const account = await accountFor(data)
  const { pgCtl } = await findBinaries(account, () => undefined)
  const where = { ...account, cwd: data, env: serverEnvironment }
  const rest = ['-s', '-w', '-D', data, '-l', join(data, 'again.log')]
  /** Resolves when the cluster accepts connections. */
  const pgCtlDoes = (...words: string[]) => promisify(execFile)(pgCtl, [...words, ...rest], where)
  const kept = join(place, 'kept')
  const copy = (from: string, to: string) => promisify(execFile)('cp', ['-a', from, to])
  const atRest = async (act: () => Promise<unknown>) => {
    await pgCtlDoes('stop', '-m', 'fast')
    await act()
    // It starts with the options of before, such as the port, as `start` would not.
    await pgCtlDoes('restart')
  }
  return {
    url,
    /**
     * Runs `pg_ctl restart`: `immediate` is a crash with recovery, `fast` what an operator usually does.
     */
    restart: (mode: 'immediate' | 'fast' = 'immediate') => pgCtlDoes('restart', '-m', mode),
    /** Makes it a standby at the same address, as a failover does with a primary that comes back. */
    demote: async () => {
      await writeFile(join(data, 'standby.signal'), '')
      await pgCtlDoes('restart', '-m', 'fast')
    },
    /** Makes the standby a primary; its sessions stay. */
    promote: () => pgCtlDoes('promote'),
    /** Copies the data directory, while the cluster is stopped. */
    keep: () => atRest(() => copy(data, kept)),
    /** Puts the copy in place of the data directory, so everything since is lost. */
    restore: () =>
      atRest(async () => {
        await rm(data, { recursive: true })
        await copy(kept, data)
      }),
  }
}
