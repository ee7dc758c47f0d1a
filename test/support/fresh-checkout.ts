// A copy of the tracked files in a folder of its own, with our node_modules: the state after a clone and
// `npm ci`. The test's teardown removes it, together with the database that was created in it.
import { execFile } from 'node:child_process'
import { chmod, cp, mkdtemp, readFile, realpath, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Finishing } from './database.ts'
import { checkout } from './markdown.ts'

export interface FreshCheckout {
  readonly path: string
  /** The pid of the PostgreSQL that runs on its `.data`; undefined if none runs. */
  postmaster(): Promise<number | undefined>
}

export async function freshCheckout(t: Finishing): Promise<FreshCheckout> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'epistle-checkout-')))
  await chmod(path, 0o755) // as root, PostgreSQL runs as another user, who must be able to enter
  const { stdout } = await promisify(execFile)('git', ['ls-files', '-z'], { cwd: checkout })
  for (const file of stdout.split('\0').filter(Boolean)) {
    await cp(join(checkout, file), join(path, file))
  }
  await symlink(await realpath(join(checkout, 'node_modules')), join(path, 'node_modules'))
  const data = join(path, '.data')
  const postmaster = () => runningPostmaster(join(data, 'data'))
  t.teardown(async () => {
    const pid = await postmaster()
    if (pid !== undefined) await stop(pid)
    const place = await realpath(data).catch(() => data) // a link, if other users cannot enter tmpdir()
    await rm(place, { recursive: true, force: true })
    if (place !== data) await rm(dirname(place), { recursive: true, force: true })
    await rm(path, { recursive: true, force: true })
  })
  return { path, postmaster }
}

async function runningPostmaster(data: string): Promise<number | undefined> {
  const [line] = (await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')
  const pid = Number(line)
  return pid > 0 && isAlive(pid) ? pid : undefined
}

/** Asks PostgreSQL for a fast shutdown with SIGINT, and waits up to five seconds for it. */
async function stop(pid: number): Promise<void> {
  process.kill(pid, 'SIGINT')
  for (let left = 200; left > 0 && isAlive(pid); left -= 1) await pause(25)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
