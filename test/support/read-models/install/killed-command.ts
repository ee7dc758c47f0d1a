// `epistle install`, or another command, in a process of its own: killed with -9 at random instants and
// started again until it completes.
import { setTimeout as pause } from 'node:timers/promises'
import type { ClientBase } from 'pg'
import type { Finishing } from '../../database.ts'
import { connect } from '../../installed.ts'
import { randomness } from '../../racing-writers.ts'
import { epistle } from '../../service.ts'

/** About as long as an install takes on a busy machine, so that kills hit every step. */
const installMs = 1_000

/** Kills an install so many times, then lets one complete. Returns how many kills came in time. */
export async function killedInstall(
  t: Finishing,
  url: string,
  release: number,
  { seed, kills }: { seed: number; kills: number },
): Promise<number> {
  const random = randomness(seed * 10 + release)
  return killedCommand(t, url, ['install', '--to', `${release}`], {
    kills,
    instant: () => random() * installMs,
  })
}

/**
 * Kills a command so many times, each `instant()` milliseconds after it connected; then lets one
 * complete. Returns how many kills came before the command's end.
 */
export async function killedCommand(
  t: Finishing,
  url: string,
  args: readonly string[],
  { kills, instant }: { kills: number; instant: () => number },
): Promise<number> {
  const db = await connect(t, url)
  for (let killed = 0; ; killed += 1) {
    const command = epistle(t, args, { env: { DATABASE_URL: url } })
    const over = new AbortController()
    const ended = command.ended.finally(() => over.abort())
    if (killed < kills) {
      await connected(db, over.signal)
      await pause(instant(), undefined, over).catch(() => undefined)
      command.child.kill('SIGKILL')
    }
    const code = await ended
    if (code === 0) return killed
    if (code !== 'SIGKILL') throw new Error(`${args} ended with ${code}: ${command.stderr()}`)
  }
}

/** Waits until the command has connected: a kill before that would test nothing. */
async function connected(db: ClientBase, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    const { rowCount } = await db.query(
      `select from pg_stat_activity
       where application_name = 'epistle' and datname = current_database()`,
    )
    if (rowCount) return
    await pause(10)
  }
}
