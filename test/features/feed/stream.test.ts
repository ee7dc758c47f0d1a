// The feed as a stream, and both forms while writers race: each event once, in order, over restarts.
import t from 'tap'
import { loadConfig } from '../../../src/config.ts'
import { serve } from '../../../src/serve.ts'
import {
  asLog,
  bearer,
  FEED_TOKENS,
  openToken,
  type Published,
  personalToken,
  readAll,
  readLog,
  readPage,
} from '../../support/feed.ts'
import { readableLog } from '../../support/http/bare-app.ts'
import { idOf } from '../../support/ids.ts'
import { connect, installedDatabase } from '../../support/installed.ts'
import { type Frame, openStream, type Reader } from '../../support/live-updates/reader.ts'
import { write } from '../../support/racing-writers.ts'

const databaseUrl = await installedDatabase(t)
const owner = await connect(t, databaseUrl)
const env = { PORT: '0', ADMIN_PORT: '0', FEED_TOKENS }

async function start() {
  const { log } = readableLog('warn')
  const server = await serve({ config: loadConfig(env), databaseUrl, log })
  t.teardown(() => server.close())
  return { adminUrl: server.adminUrl ?? '', close: () => server.close() }
}

const first = await start()
const second = await start()

function follow(adminUrl: string, after?: string, query = ''): Promise<Reader> {
  return openStream(t, `${adminUrl}/feed?${query}`, {
    ...bearer(openToken),
    accept: 'text/event-stream',
    ...(after !== undefined && { 'last-event-id': after }),
  })
}

/** Whether the frame of an event has its cursor and its type. */
const isLabelled = ({ id, event, data }: Frame) =>
  id === `${data.position}.${data.id}` && event === data.type
const eventsOf = ({ frames }: Reader): Published[] => frames.map(({ data }) => data)
const lastOf = async () =>
  String((await owner.query('select max(position) as last from log.events')).rows[0].last)

/** A user per id, and the writers' ends. */
async function race(seed: number, times: number) {
  const users = [idOf(seed), idOf(seed + 1)]
  for (const id of users) {
    await owner.query(`insert into log.user_registered_0 values ($1, $2, 'hash')`, [
      id,
      `${id}@example.net`,
    ])
  }
  const writers = [1, 2, 3, 4].map(async (writer) => {
    const client = await connect(t, databaseUrl)
    await write(client, seed + writer, times, users)
  })
  await Promise.all(writers)
}

t.test('While writers race, streams and pages each have the whole log, in order', async (t) => {
  const streams = await Promise.all([follow(first.adminUrl), follow(second.adminUrl)])
  let isOver = false
  const racing = race(100, 25).finally(() => {
    isOver = true
  })
  const paged: Published[] = []
  for (let cursor = '0'; !isOver; ) {
    const page = await readPage(first.adminUrl, `after=${cursor}&limit=50`, personalToken)
    paged.push(...page.events)
    cursor = page.cursor
  }
  await racing
  const last = await lastOf()
  const rest = { after: paged.at(-1)?.position ?? '0', upTo: BigInt(last) }
  paged.push(...(await readAll(second.adminUrl, personalToken, rest)))
  const log = await readLog(owner)
  t.ok(log.length > 50, `${log.length} events`)
  t.strictSame(asLog(paged), log)
  for (const stream of streams) {
    await stream.until(({ data }) => data.position === last)
    t.strictSame(asLog(eventsOf(stream)), log)
    t.ok(stream.frames.every(isLabelled))
  }
})

t.test(
  'A stream goes on at another server after Last-Event-ID, without gap or double',
  async (t) => {
    const third = await start()
    const before = await follow(third.adminUrl)
    await before.until(({ data }) => BigInt(data.position) > 20n)
    const racing = race(7_000, 6)
    await third.close()
    t.equal(await before.ended, true, 'a server that stops ends the stream in order')
    const after = await follow(second.adminUrl, before.frames.at(-1)?.id)
    await racing
    const last = await lastOf()
    await after.until(({ data }) => data.position === last)
    t.strictSame(asLog([...eventsOf(before), ...eventsOf(after)]), await readLog(owner))
  },
)

t.test('A stream of chosen types passes other events by frames without data', async (t) => {
  const stream = await follow(first.adminUrl, '0', 'types=user_blocked')
  const other = await follow(first.adminUrl, '0')
  const last = await lastOf()
  const { id: cursor } = await other.until(({ data }) => data.position === last)
  const { length } = (await readLog(owner)).filter((event) => event.endsWith('user_blocked'))
  t.ok(length > 0)
  while (!stream.text().includes(`id: ${cursor}\n\n`)) await new Promise(setImmediate)
  t.equal(stream.frames.length, length)
  t.ok(stream.frames.every(({ event }) => event === 'user_blocked'))
})

t.test('A stream that begins beyond the end of the log is refused', async (t) => {
  const { response } = await follow(first.adminUrl, String(BigInt(await lastOf()) + 1n))
  t.equal(response.status, 412)
})
