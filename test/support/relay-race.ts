// Two relays and their feed under load, killed and restarted again and again; at the end the stream equals the log.
import { setTimeout as pause } from 'node:timers/promises'
import type { Test } from 'tap'
import { FEED_TOKENS, readLog } from './feed.ts'
import { freePort } from './free-port.ts'
import { idOf } from './ids.ts'
import { connect, installedDatabase } from './installed.ts'
import { lastingFolder } from './lasting-folder.ts'
import { readStream, startNats, startRelay } from './nats.ts'
import { randomness, write } from './racing-writers.ts'
import { epistle, type Started } from './service.ts'
import { until } from './until.ts'

/** Kills so many times, in turn, a server or a relay at random instants; returns how many events there were. */
export async function raceRelays(t: Test, kills: number, seed: number): Promise<number> {
  const databaseUrl = await installedDatabase(t)
  const owner = await connect(t, databaseUrl)
  const natsUrl = await startNats(t, lastingFolder(t))
  const ADMIN_PORT = String(await freePort())
  const env = { DATABASE_URL: databaseUrl, PORT: '0', ADMIN_PORT, FEED_TOKENS }
  const adminUrl = `http://127.0.0.1:${ADMIN_PORT}`
  const starts = [
    () => epistle(t, ['serve'], { env }),
    () => startRelay(t, natsUrl, adminUrl),
    () => startRelay(t, natsUrl, adminUrl),
  ]
  const running = starts.map((begin) => begin())
  await running[0]?.said(/the server is ready/)
  let isOver = false
  const writing = writeUntil(t, databaseUrl, () => isOver)
  const random = randomness(seed)
  for (let n = 0; n < kills; n += 1) {
    await pause(100 + random() * 900)
    const which = n % running.length
    await kill(running[which] as Started)
    running[which] = (starts[which] as () => Started)()
  }
  isOver = true
  await writing
  const log = await readLog(owner)
  await until(
    'the stream has the end of the log',
    async () => {
      const stream = await readStream(natsUrl).catch(() => [])
      return stream.at(-1) === log.at(-1)
    },
    120,
  )
  for (const each of running) await kill(each)
  t.strictSame(await readStream(natsUrl), log)
  return log.length
}

async function kill({ child, ended }: Started): Promise<void> {
  child.kill('SIGKILL')
  await ended
}

/** Writers of every kind, until it is over. */
async function writeUntil(t: Test, databaseUrl: string, isOver: () => boolean): Promise<void> {
  const first = await connect(t, databaseUrl)
  const users = [idOf(1), idOf(2)]
  for (const id of users) {
    await first.query(`insert into log.user_registered_0 values ($1, $2, 'hash')`, [
      id,
      `${id}@example.net`,
    ])
  }
  const writers = [1, 2, 3].map(async (writer) => {
    const client = await connect(t, databaseUrl)
    for (let round = writer; !isOver(); round += 3) {
      await write(client, round, 3, users)
      await pause(20)
    }
  })
  await Promise.all(writers)
}
