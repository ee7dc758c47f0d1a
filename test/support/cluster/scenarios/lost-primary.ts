// The loss of the primary server: of its whole node, of PostgreSQL alone, of a Patroni that hangs; and a switchover.
import { setTimeout as pause } from 'node:timers/promises'
import type { Test } from 'tap'
import type { DatabaseNode } from '../database-node.ts'
import { note, slowness } from '../note.ts'
import type { Trial } from '../trial.ts'

const kills = Number(process.env.SOAK_KILLS ?? 20)
const switchovers = Number(process.env.SOAK_SWITCHOVERS ?? 10)

/** Kills PostgreSQL and Patroni of the primary server's node, many times. */
export async function kill(t: Test, trial: Trial): Promise<void> {
  const pauses = await repeatedly(trial, kills, async (primary) => {
    const took = await trial.pauseOf(
      () => primary.crash(),
      async () => void (await trial.cluster.primary(primary)),
    )
    await primary.startPatroni()
    return took
  })
  holds(t, 'the primary node was killed', pauses, 30_000)
}

/** Kills PostgreSQL of the primary server alone; Patroni sees it at once. */
export async function crash(t: Test, trial: Trial): Promise<void> {
  const pauses = await repeatedly(trial, Math.ceil(kills / 4), (primary) =>
    trial.pauseOf(() => primary.crashPostgres()),
  )
  holds(t, 'PostgreSQL was killed', pauses, 10_000)
}

/** Stops Patroni of the primary server for longer than its lead lasts. */
export async function hung(t: Test, trial: Trial): Promise<void> {
  const pauses = await repeatedly(trial, 1, async (primary) => {
    const took = await trial.pauseOf(
      async () => primary.hang(),
      async () => void (await trial.cluster.primary(primary)),
    )
    primary.resume()
    return took
  })
  holds(t, 'Patroni hung', pauses, 30_000)
}

/** Switches over to the synchronous standby, as operators do. */
export async function switchover(t: Test, trial: Trial): Promise<void> {
  const pauses = await repeatedly(trial, switchovers, async () => {
    const standby = await trial.cluster.standby()
    return trial.pauseOf(() =>
      standby.control('switchover', '--candidate', standby.name, '--force'),
    )
  })
  holds(t, 'a switchover', pauses, 3_000)
}

/** Does something to the primary server under load, each time when the cluster is whole again. */
function repeatedly(
  trial: Trial,
  times: number,
  act: (primary: DatabaseNode) => Promise<number>,
): Promise<number[]> {
  return trial.underLoad(async () => {
    const pauses: number[] = []
    for (let n = 0; n < times; n += 1) {
      await trial.cluster.untilServing()
      await trial.flowing()
      pauses.push(await act(await trial.cluster.primary()))
      await pause(1_000)
    }
    return pauses
  })
}

function holds(t: Test, what: string, pauses: readonly number[], mostMs: number): void {
  const most = mostMs * slowness
  const longest = Math.max(...pauses)
  note(`${what} ${pauses.length} times; no command for ${pauses.join(', ')} ms`)
  t.ok(longest <= most, `no command for at most ${most} ms`, { longest })
}
