// Standbys: reads with a standby beside the primary server, and messages with and without a synchronous standby,
// compared with B / (c·B + commit).
import { addStandby, makeSynchronous } from '../support/faults/standbys.ts'
import { installInto } from '../support/installed.ts'
import type { Bench } from './bench.ts'
import { figures, median } from './figures.ts'
import { writeMessages } from './history.ts'
import { chooseHttpClient } from './http-client.ts'
import { messages, type Person, settle, some } from './people.ts'
import { type HttpLoad, type Measured, type MeasureHttp, warmUpServers } from './rate.ts'
import { publishRatios, type Ratio } from './ratios.ts'
import { table } from './report.ts'
import { withClient, withScratchServer } from './scratch-server.ts'
import { withPrograms } from './server-process.ts'
import { measureTurns, perSecond, type Round, type Turn, turn } from './turns.ts'

const [users, sent] = [1_000, 100_000]
const turnMs = 2_000
const commits = 200

const paths = ['/messages?limit=50', '/users/me']
const alone = (path: string) => `GET ${path}, the primary alone`
const beside = (path: string) => `GET ${path}, a standby beside it`
const kinds = ['asynchronous', 'synchronous'] as const
type Kind = (typeof kinds)[number]
const post = (n: number, kind: Kind) =>
  `POST /messages, ${n} connection${n === 1 ? '' : 's'}, ${kind} standby`
const commit = (kind: Kind) => `one row, ${kind} standby`
const counts = [1, 64]

const ratios: readonly Ratio[] = [
  ...paths.map((path) => ({ what: beside(path), to: 'the primary alone', against: [alone(path)] })),
  ...counts.map((n) => ({
    what: post(n, 'synchronous'),
    to: 'an asynchronous standby',
    against: [post(n, 'asynchronous')],
  })),
]
const shown = [
  ...paths.flatMap((path) => [alone(path), beside(path)]),
  ...counts.flatMap((n) => kinds.map((kind) => post(n, kind))),
  ...kinds.map(commit),
]

export const bench: Bench = async ({ write, rounds, say }) => {
  await withScratchServer(async (server) => {
    const url = await server.database('standbys')
    await installInto(url)
    const { measureHttp, note } = await chooseHttpClient(server, say)
    await withClient(url, async (client) => {
      say('writing the history, and copying it to the standby')
      const people = await settle(client, users)
      const ids = people.map(({ id }) => id)
      await writeMessages(client, ids, sent)
      await client.query('create table commits (n int); insert into commits values (0)')
      await using ends = new AsyncDisposableStack()
      const t = { teardown: (end: () => Promise<void>) => endWith(ends, end) }
      const standby = await addStandby(t, url, 'standby', ['fsync = on'])
      await makeSynchronous(url, 'standby')
      const programs = [
        ['server.ts', 'epistle', url],
        ['server.ts', 'epistle', url, standby.url],
      ] as const
      const measured = await withPrograms(server, programs, async ([one = '', two = '']) => {
        const gets = [one, two].flatMap((to) => paths.map((path) => reading(to, people, path)))
        await warmUpServers([...gets, writing(one, people, 64)], say, measureHttp)
        const turns = [
          ...readTurns(one, two, people, measureHttp),
          ...writeTurns(one, url, people, measureHttp),
        ]
        return measureTurns(turns, rounds, say)
      })
      const more = predictions(measured.results)
      const report = { bench: 'standbys', ...measured, ratios, shown, note, more, write }
      await publishRatios(client, report)
    })
  })
}

/** Also after a signal: the scratch server is removed then, but a standby is a server of its own. */
function endWith(ends: AsyncDisposableStack, end: () => Promise<void>): void {
  ends.defer(end)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => end())
}

function readTurns(
  one: string,
  two: string,
  people: readonly Person[],
  measureHttp: MeasureHttp,
): Turn[] {
  return paths.flatMap((path) => [
    turn(alone(path), () => measureHttp(reading(one, people, path), turnMs)),
    turn(beside(path), () => measureHttp(reading(two, people, path), turnMs)),
  ])
}

function writeTurns(
  to: string,
  databaseUrl: string,
  people: readonly Person[],
  measureHttp: MeasureHttp,
): Turn[] {
  const inMode = async (kind: Kind, measure: () => Promise<Measured>) => {
    await makeSynchronous(databaseUrl, ...(kind === 'synchronous' ? ['standby'] : []))
    return measure().finally(() => makeSynchronous(databaseUrl, 'standby'))
  }
  return kinds.flatMap((kind) => [
    ...counts.map((n) =>
      turn(post(n, kind), () => inMode(kind, () => measureHttp(writing(to, people, n), turnMs))),
    ),
    turn(commit(kind), () => inMode(kind, () => measureCommits(databaseUrl))),
  ])
}

function writing(to: string, people: readonly Person[], connections: number): HttpLoad {
  return { urls: [to], connections, requests: messages(people), status: 201 }
}

/** Each request sends a position that every server shows. */
function reading(to: string, people: readonly Person[], path: string): HttpLoad {
  const requests = some(people, ({ token }) => ({
    method: 'GET',
    path,
    headers: { authorization: `Bearer ${token}`, 'epistle-position': '1' },
  }))
  return { urls: [to], connections: 64, requests, status: 200 }
}

/** Commits of a single row, one after the other. */
function measureCommits(url: string): Promise<Measured> {
  return withClient(url, async (client) => {
    const took: number[] = []
    for (let n = 0; n < commits; n += 1) {
      const began = performance.now()
      await client.query({ name: 'commit', text: 'update commits set n = n + 1' })
      took.push(performance.now() - began)
    }
    const sum = took.reduce((total, each) => total + each, 0)
    const at = (share: number) => took.toSorted((a, b) => a - b)[Math.floor(share * commits)] ?? 0
    return { rate: (1_000 * commits) / sum, p50: at(0.5), p99: at(0.99) }
  })
}

/** The rate with a synchronous standby beside what the formula says, in each case the median of the rounds. */
function predictions(rounds: readonly Round[]): string {
  const middle = (name: string, of: 'rate' | 'p50') =>
    median(rounds.map((round) => round[name]?.[of] ?? Number.NaN))
  const [without, withIt] = kinds.map((kind) => middle(commit(kind), 'p50') / 1_000)
  const rows = counts.map((batch) => {
    const cost = 1 / middle(post(batch, 'asynchronous'), 'rate') - (without ?? 0) / batch
    const predicted = batch / (cost * batch + (withIt ?? 0))
    const found = middle(post(batch, 'synchronous'), 'rate')
    return [String(batch), perSecond(found), perSecond(predicted), figures(found / predicted)]
  })
  const head = ['messages with a synchronous standby, connections', 'a second', 'predicted', '÷']
  return table([head, ...rows])
}
