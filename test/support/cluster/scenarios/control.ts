// The control of the checker: a cluster without synchronous replication, whose standbys have received nothing for two
// seconds when the primary server dies. The checker must find the commands that were lost.
import { setTimeout as pause } from 'node:timers/promises'
import type { Test } from 'tap'
import { note } from '../note.ts'
import { Trial } from '../trial.ts'

export async function control(t: Test): Promise<void> {
  const trial = await Trial.start(t, { isAsynchronous: true })
  const { cluster } = trial
  await trial.underLoad(async () => {
    const primary = await cluster.primary()
    const standbys = cluster.nodes.filter((node) => node !== primary)
    const stopped = await Promise.all(standbys.map((node) => node.signalReceiver('SIGSTOP')))
    t.strictSame(stopped, [true, true], 'no standby receives anything')
    await pause(2_000)
    await primary.crash()
    // In this order, so that they end before they read what the network still holds for them.
    for (const name of ['SIGTERM', 'SIGCONT'] as const)
      await Promise.all(standbys.map((node) => node.signalReceiver(name)))
    await cluster.primary(primary)
    await trial.flowing()
    await primary.startPatroni()
  })
  const lost = (await trial.audit(t)).filter((one) => / is in the log 0 times/.test(one))
  note(`the checker found ${lost.length} commands that were answered and lost`)
  t.ok(lost.length > 0, 'the checker finds lost commands')
}
