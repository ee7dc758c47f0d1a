// Log size: whether POST /messages is as fast on a long log as on a short one. One log is written, and
// copied at each size. That takes 6 GB of disk and some minutes before the measurement begins.
import { installInto } from '../support/installed.ts'
import type { Bench } from './bench.ts'
import { writeMessages } from './history.ts'
import { messages, type Person, settle } from './people.ts'
import { type HttpLoad, measureHttp, warmUpServers } from './rate.ts'
import { publishRatios, type Ratio } from './ratios.ts'
import { type ScratchServer, withClient, withScratchServer } from './scratch-server.ts'
import { withServers } from './server-process.ts'
import { measureTurns, turn } from './turns.ts'

/** The same in all sizes, so that only the log differs; enough to touch all parts of the indexes. */
const users = 10_000
const turnMs = 2_000
const connections = 64
const sizes = [10_000, 1_000_000, 5_000_000]

/**
 * Writes are spread over the indexes of ten thousand users: a quarter of a gigabyte, which does not fit into
 * the default of 128 MB. PostgreSQL's manual recommends a quarter of the memory; this is less.
 */
const settings = { shared_buffers: '2GB' }

const on = (size: number) => `POST /messages, ${size.toLocaleString('en')} messages in the log`
const [first = 0, ...rest] = sizes
const ratios: readonly Ratio[] = rest.map((size) => ({
  what: on(size),
  to: `${first.toLocaleString('en')} in the log`,
  against: [on(first)],
  ...(size === sizes.at(-1) && { atLeast: 0.8 }),
}))

export const bench: Bench = async ({ write, rounds, say }) => {
  await withScratchServer(async (server) => {
    const { urls, people } = await writeLogs(server, say)
    const measured = await withServerOnEach(server, urls, async (serverUrls) => {
      const loads = serverUrls.map((url) => sending(url, people))
      await warmUpServers(loads, say)
      const turns = loads.map((load, n) =>
        turn(on(sizes[n] as number), () => measureHttp(load, turnMs)),
      )
      return measureTurns(turns, rounds, say)
    })
    const note = `${connections} connections; the measured messages are added to the logs.`
    const report = { bench: 'log-size', ...measured, ratios, shown: sizes.map(on), note, write }
    await withClient(urls[0] as string, (client) => publishRatios(client, report))
  }, settings)
}

/** Creates a database for each size, and returns the people that all of them contain. */
async function writeLogs(server: ScratchServer, say: (line: string) => void) {
  const urls: string[] = []
  let people: readonly Person[] = []
  for (const [n, size] of sizes.entries()) {
    say(`writing ${size.toLocaleString('en')} messages`)
    const before = n === 0 ? undefined : nameOf(sizes[n - 1] as number)
    const url = await server.database(nameOf(size), before)
    urls.push(url)
    if (n === 0) await installInto(url)
    await withClient(url, async (client) => {
      if (n === 0) people = await settle(client, users)
      const ids = people.map(({ id }) => id)
      await writeMessages(client, ids, size - (sizes[n - 1] ?? 0))
      // Otherwise autovacuum would process all of it during the measurement.
      await client.query('vacuum analyze')
    })
  }
  return { urls, people }
}

function nameOf(size: number): string {
  return `log_of_${size}`
}

function withServerOnEach<T>(
  server: ScratchServer,
  databases: readonly string[],
  work: (urls: readonly string[]) => Promise<T>,
  urls: readonly string[] = [],
): Promise<T> {
  const [database, ...others] = databases
  if (database === undefined) return work(urls)
  return withServers(server, ['epistle'], database, ([url = '']) =>
    withServerOnEach(server, others, work, [...urls, url]),
  )
}

function sending(url: string, people: readonly Person[]): HttpLoad {
  return { urls: [url], connections, requests: messages(people), status: 201 }
}
