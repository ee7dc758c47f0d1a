// Two hundred readers of live updates, through a failover and a partition: each gets each message once, in order.
import { setTimeout as pause } from 'node:timers/promises'
import type { Test } from 'tap'
import { connect } from '../../installed.ts'
import { randomness } from '../../racing-writers.ts'
import { until } from '../../until.ts'
import { Listener } from '../listener.ts'
import { note } from '../note.ts'
import type { Trial } from '../trial.ts'
import { partition } from './lost-others.ts'

const listenerCount = 200

export async function listeners(t: Test, trial: Trial): Promise<void> {
  const { cluster, responses, senders } = trial
  const deps = { t, machines: cluster.machines, responses, random: randomness(7) }
  const all = Array.from({ length: listenerCount }, (_, n) => {
    const { user } = senders[n % senders.length] as (typeof senders)[number]
    return new Listener(deps, user)
  })
  const listening = Promise.all(all.map((listener) => listener.listen()))
  try {
    await until('all listen', async () => all.every(({ frames }) => frames.length > 0), 60)
    await trial.underLoad(async () => {
      const primary = await cluster.primary()
      const took = await trial.pauseOf(
        () => primary.crash(),
        async () => void (await cluster.primary(primary)),
      )
      note(`the primary node was killed; no command for ${took} ms`)
      await primary.startPatroni()
      await cluster.untilServing()
    })
    await partition(t, trial)
    t.strictSame(await differences(t, trial, all), [])
  } finally {
    for (const listener of all) listener.stop()
    await listening
  }
  const [streams, messages] = [sumOf(all, ({ opened }) => opened), sumOf(all, messagesOf)]
  t.ok(messages > all.length, 'the readers got messages')
  note(`${all.length} readers got ${messages} messages on ${streams} streams`)
}

function messagesOf({ frames }: Listener): number {
  return frames.filter(({ event }) => event === 'message_sent').length
}

function sumOf(all: readonly Listener[], number: (one: Listener) => number): number {
  return all.reduce((sum, one) => sum + number(one), 0)
}

/** How the messages that listeners got differ from the log; waits for the last ones. */
async function differences(t: Test, trial: Trial, all: readonly Listener[]): Promise<string[]> {
  const db = await connect(t, (await trial.cluster.primary()).url('postgres'))
  const different = async () => {
    const found: string[] = []
    for (const { user, frames } of all) {
      const { rows } = await db.query<{ position: string }>(
        `select position from log.message_sent_3
         where $1 in (src_id, dst_id) and position > $2 order by position`,
        [user.id, frames[0]?.id],
      )
      const expected = rows.map(({ position }) => position).join()
      const got = frames.filter(({ event }) => event === 'message_sent').map(({ id }) => id)
      if (got.join() !== expected) found.push(`${got.length} of ${rows.length} for ${user.id}`)
    }
    return found
  }
  for (let tries = 0; tries < 20; tries += 1) {
    if ((await different()).length === 0) break
    await pause(1_000)
  }
  const found = await different()
  await db.end()
  return found
}
