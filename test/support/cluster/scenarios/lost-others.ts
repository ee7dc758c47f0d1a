// The loss of what is beside the primary server: standbys, etcd, and a part of the network.
import { setTimeout as pause } from 'node:timers/promises'
import type { Test } from 'tap'
import { connect } from '../../installed.ts'
import { note, slowness } from '../note.ts'
import type { Trial } from '../trial.ts'

/** Patroni's ttl (ms), and more on a busy machine. */
const ttlMs = 20_000 * slowness

/** Kills one standby, then the other: commands go on with one, and stop with none. */
export async function standbys(t: Test, trial: Trial): Promise<void> {
  const { cluster, responses } = trial
  await trial.underLoad(async () => {
    const primary = await cluster.primary()
    const first = await cluster.standby()
    const [second] = cluster.nodes.filter((node) => node !== primary && node !== first)
    const took = await trial.pauseOf(() => first.crash())
    note(`the synchronous standby was killed; no command for ${took} ms`)
    t.ok(took <= ttlMs, 'the other standby takes its place within the ttl')
    await second?.crash()
    // What a standby had received is still answered.
    await pause(2_000)
    const without = performance.now()
    await pause(15_000)
    t.equal(responses.since(without, 'command').length, 0, 'no command without a standby')
    t.ok(responses.since(without, 'query').length > 0, 'queries are answered')
    const after = await trial.pauseOf(async () => {
      await Promise.all([first.startPatroni(), second?.startPatroni()])
    })
    note(`both standbys came back; no command for ${after} ms more`)
    await cluster.untilServing()
  })
}

/** Kills all of etcd for a minute: members of the cluster see each other, so nothing happens. */
export async function etcd(t: Test, trial: Trial): Promise<void> {
  const seconds = Number(process.env.SOAK_ETCD_SECONDS ?? 60)
  await trial.underLoad(async () => {
    const primary = await trial.cluster.primary()
    const before = trial.responses.counts.unavailable
    const took = await trial.pauseOf(async () => {
      await Promise.all(trial.cluster.nodes.map((node) => node.killEtcd()))
      await pause(seconds * 1_000)
      await Promise.all(trial.cluster.nodes.map((node) => node.startEtcd()))
      await pause(ttlMs / 2)
    })
    note(`etcd was away for ${seconds} s; no command for ${took} ms at most`)
    t.equal((await trial.cluster.primary()).name, primary.name, 'the primary server stays')
    t.equal(trial.responses.counts.unavailable, before, 'no request was refused')
    await trial.cluster.untilServing()
  })
}

/**
 * How many of these positions were recorded after a moment. A response can be late without being wrong: a message is
 * answered when what its sender has read is recorded, too, or when the server no longer waits for that.
 */
async function recordedAfter(
  t: Test,
  trial: Trial,
  positions: readonly string[],
  moment: Date,
): Promise<number | null> {
  const db = await connect(t, (await trial.cluster.primary()).url('postgres'))
  const text = 'select from log.events where position = any ($1) and recorded_at > $2'
  const { rowCount } = await db.query(text, [positions, moment])
  await db.end()
  return rowCount
}

/** Cuts the primary server off, with one of Epistle's servers on its side. */
export async function partition(t: Test, trial: Trial): Promise<void> {
  const { cluster, responses } = trial
  const { part, join } = cluster.network
  if (!part) return void t.pass('skipped: without network namespaces, nothing can be cut off')
  await trial.underLoad(async () => {
    const primary = await cluster.primary()
    const [cutOff, other] = cluster.machines
    const from = performance.now()
    await part([primary.host.name, cutOff.host.name])
    const cutAt = new Date()
    await cluster.primary(primary)
    await pause(ttlMs + 5_000)
    const lastQuery = Math.max(from, ...responses.since(from, 'query', cutOff.name)) - from
    t.ok(lastQuery <= ttlMs + 5_000, 'its reads end soon', { lastQuery })
    const [first = Infinity] = responses.since(from + 5_000, 'command', other.name)
    t.ok(first - from <= 30_000 * slowness, 'the other server goes on within 30 s')
    const took = Math.round(first - from)
    note(
      `cut off: the last query after ${Math.round(lastQuery)} ms; others went on after ${took} ms`,
    )
    const stale = responses.stale.splice(0)
    t.strictSame(
      stale.filter(({ server }) => server !== cutOff.name),
      [],
      'stale reads elsewhere',
    )
    note(`the server that was cut off answered ${stale.length} queries with an earlier position`)
    const late = responses.positionsSince(from, cutOff.name)
    await join()
    await cluster.untilServing()
    await trial.flowing()
    t.equal(await recordedAfter(t, trial, late, cutAt), 0, 'the cut-off server recorded nothing')
    note(`it answered ${late.length} commands that the standby had confirmed before`)
  })
}
