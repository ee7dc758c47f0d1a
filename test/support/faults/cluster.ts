// A PostgreSQL of the test's own, which may be broken: with the releases installed, with everything
// on that keeps what was committed (but for the disk itself), and restarted as an operator would.
import { execFile } from 'node:child_process'
import { realpath } from 'node:fs/promises'
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

/** Starts one, which goes away with the test. */
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
  return {
    url,
    /**
     * `pg_ctl restart`: a crash and its recovery, or (`fast`) as an operator who wants to have it quickly.
     * Resolves when it lets people in.
     */
    restart: (mode: 'immediate' | 'fast' = 'immediate') =>
      promisify(execFile)(pgCtl, ['restart', '-m', mode, ...rest], where),
  }
}
