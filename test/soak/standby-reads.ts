// A hundred thousand times a write and then a read with its position, through either of two servers, beside a standby
// that is late and then paused: nothing is stale. Then some more while one standby is killed again and again, and
// the replay of the other cancels its queries: nothing fails. SOAK_WRITES in the environment sets how many.
import { setTimeout as pause } from 'node:timers/promises'
import type { ClientBase } from 'pg'
import t from 'tap'
import { measured } from '../../src/platform/metrics/measurements.ts'
import { ownCluster } from '../support/faults/cluster.ts'
import {
  addressOf,
  addStandby,
  makeSynchronous,
  type StandbyServer,
} from '../support/faults/standbys.ts'
import { served } from '../support/http/served.ts'
import { connect } from '../support/installed.ts'

const writes = Number(process.env.SOAK_WRITES ?? 100_000)
const writers = 16

const cluster = await ownCluster(t)
const late = await addStandby(t, cluster.url, 'late', ['recovery_min_apply_delay = 20ms'])
const later = await addStandby(t, cluster.url, 'later', [
  'recovery_min_apply_delay = 200ms',
  'max_standby_streaming_delay = 0',
])
await makeSynchronous(cluster.url, 'late', 'later')
const env = { READ_DATABASE_URL: addressOf([late, later]), LOG_LEVEL: 'error' }
const first = await served(t, env, cluster.url)
const urls = [first.server.url, await first.another()]

interface Tally {
  stale: number
  fallen: number
  failed: number
  readonly answers: Record<string, number>
}

let arrived = 0

/** One user who writes, and reads the newest message through the other server. */
async function writeAndRead(n: number, times: number, tally: Tally, demands: boolean) {
  arrived += 1
  const { user, token } = await first.arrive(`writer_${arrived}`)
  const authorization = `Bearer ${token}`
  let greatest = 0n
  for (let turn = 0; turn < times; turn += 1) {
    const content = `${n} ${turn}`
    const sent = await fetch(`${urls[turn % 2]}/messages`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ to: user.id, content }),
    })
    await sent.arrayBuffer()
    const written = BigInt(sent.headers.get('epistle-position') ?? 0)
    if (written > greatest) greatest = written
    // A read from a standby that demands nothing is the control.
    const headers = { authorization, 'epistle-position': demands ? String(greatest) : '0' }
    const read = await fetch(`${urls[(turn + 1) % 2]}/messages?limit=1`, { headers })
    const body = (await read.json()) as { items?: readonly { content: string }[] }
    const shown = BigInt(read.headers.get('epistle-position') ?? 0)
    if (read.status !== 200) tally.failed += 1
    if (body.items?.[0]?.content !== content) tally.stale += 1
    if (shown < greatest) tally.fallen += 1
    if (demands && shown > greatest) greatest = shown
  }
}

async function run(times: number, demands: boolean): Promise<Tally> {
  const tally: Tally = { stale: 0, fallen: 0, failed: 0, answers: {} }
  const stop = measured.read.read(({ from, reason }) => {
    const answer = `${from} ${reason}`
    tally.answers[answer] = (tally.answers[answer] ?? 0) + 1
  })
  const share = Math.ceil(times / writers)
  await Promise.all(
    Array.from({ length: writers }, (_, n) => writeAndRead(n, share, tally, demands)),
  )
  stop()
  return tally
}

/** Pauses the replay of the standby for half of the time. */
function disturb(standby: StandbyServer): () => Promise<void> {
  let isOver = false
  const disturbing = (async () => {
    while (!isOver) {
      await standby.pause()
      await pause(300)
      await standby.resume()
      await pause(300)
    }
  })()
  return () => {
    isOver = true
    return disturbing
  }
}

t.test('Reads that demand no position are stale: the control', async (t) => {
  const { stale, answers } = await run(Math.min(writes, 1_000), false)
  t.comment(JSON.stringify({ stale, answers }))
  t.ok(stale > 0, `${stale} reads are stale`)
})

t.test(`Of ${writes} reads after a write none is stale, falls or fails`, async (t) => {
  const end = disturb(late)
  const { answers, ...faults } = await run(writes, true)
  await end()
  t.comment(JSON.stringify(answers))
  t.strictSame(faults, { stale: 0, fallen: 0, failed: 0 })
  t.ok(answers['standby at_once'] || answers['standby waited'], 'standbys answered some of them')
})

/** Kills one standby and starts it again, while locks of the primary cancel the queries of the other. */
function killAndConflict(owner: ClientBase): () => Promise<number> {
  let isOver = false
  const locking = (async () => {
    while (!isOver) {
      await owner.query('begin; lock table read.users_2 in access exclusive mode; commit')
      await pause(20)
    }
  })()
  const killing = (async () => {
    let kills = 0
    for (; !isOver; kills += 1) {
      await late.kill()
      await pause(500)
      await late.start()
      await pause(1_500)
    }
    return kills
  })()
  return async () => {
    isOver = true
    await locking
    return killing
  }
}

t.test('No read fails while a standby is killed and another cancels queries', async (t) => {
  // Commits go on with the other one.
  const owner = await connect(t, cluster.url)
  await owner.query(`alter system set synchronous_standby_names = 'ANY 1 (late, later)'`)
  await owner.query('select pg_reload_conf()')
  const end = killAndConflict(owner)
  const { answers, ...faults } = await run(Math.ceil(writes / 5), true)
  const kills = await end()
  const conflicts = 'select confl_lock as locks from pg_stat_database_conflicts'
  const cancelled = Math.max(...(await later.query(conflicts)).map(({ locks }) => Number(locks)))
  t.comment(JSON.stringify({ ...answers, kills, cancelled }))
  t.strictSame(faults, { stale: 0, fallen: 0, failed: 0 })
  t.ok(kills > 0 && answers['primary failed'], 'queries on standbys failed')
})
