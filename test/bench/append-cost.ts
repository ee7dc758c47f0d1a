// Append: what one append costs, and a message in a batch of 32 and of 100, compared with the earlier machinery in
// one run, and what the session and the question of a server add. All sides append in turns of a few calls, so a busy
// machine affects them equally; the ratios are those of the processor time of the backends, commits included. Measured on a fresh database and again on a large log,
// over the same connections, because a plan made while tables were empty may stay.

import { type FunctionTimes, functionTable, readFunctionTimes } from './append-functions.ts'
import { type Side, withSides } from './append-sides.ts'
import type { Bench } from './bench.ts'
import { percentile } from './figures.ts'
import { writeMessages } from './history.ts'
import type { Rounds } from './quiet.ts'
import type { Measured } from './rate.ts'
import { publishRatios, type Ratio } from './ratios.ts'
import { withScratchServer } from './scratch-server.ts'
import { measureTurns, type Round, type Turn } from './turns.ts'

/** How many messages a call appends, with the ratios that must and should be reached. */
const sizes = [
  { size: 1, what: 'one append alone', atMost: 0.6, goal: 0.45 },
  { size: 32, what: 'a message in a batch of 32', atMost: 0.7, goal: 0.55 },
  { size: 100, what: 'a message in a batch of 100', atMost: 0.75, goal: 0.55 },
]
const logs = ['a fresh database', 'a large log']
/** The messages of the large log; those of the bench come on top. */
const history = 200_000
/** The measured time of all sides together. */
const turnMs = 4_500
/** The calls of a side until it is the turn of the other. */
const callsInTurn = 10

const name = (what: string, log: string, side: Side['name']) => `${what}, ${log}, ${side}`
const before = 'the earlier machinery'

export const bench: Bench = async ({ write, rounds, say }) => {
  await withScratchServer((server) =>
    withSides(server, say, async (sides) => {
      const [today] = sides as [Side]
      if (!today.processorTime) {
        say(
          'SKIPPED: processor time, because the backend is no process of this machine; wall time remains',
        )
      }
      const measured: Rounds<Round>[] = []
      for (const log of logs) {
        say(log)
        if (log !== logs[0]) await enlarge(sides)
        const turns = sizes.map(({ size, what }) =>
          measureSides(sides, size, (side) => name(what, log, side)),
        )
        measured.push(await measureTurns(turns, rounds, say))
      }
      const times: FunctionTimes[] = []
      for (const side of sides) times.push(await readFunctionTimes(side))
      await publishRatios(today.client, {
        bench: 'append',
        ...join(measured),
        ratios: ratiosOf(sides, today.processorTime ? 'cpu' : 'p50'),
        shown: logs.flatMap((log) =>
          sizes.flatMap(({ what }) => sides.map((side) => name(what, log, side.name))),
        ),
        note: `Time per message. A large log has ${history.toLocaleString('en')} messages.`,
        more: functionTable(times),
        write,
      })
    }),
  )
}

/** The rounds of both logs as one. */
function join(measured: readonly Rounds<Round>[]): Rounds<Round> {
  const [first, ...others] = measured as [Rounds<Round>, ...Rounds<Round>[]]
  return {
    results: first.results.map((round, n) =>
      Object.assign({}, round, ...others.map(({ results }) => results[n])),
    ),
    busy: Math.max(...measured.map(({ busy }) => busy)),
  }
}

function ratiosOf(sides: readonly Side[], of: keyof Measured): Ratio[] {
  const both = logs.flatMap((log) => sizes.map((size) => ({ ...size, log })))
  const added = both.map(({ what, log }) => ({
    what: name(what, log, 'today, as served'),
    of,
    to: 'without session and question',
    against: [name(what, log, 'today')],
  }))
  if (!sides.some(({ name }) => name === 'before')) return added
  const less = both.map(({ what, log, atMost, goal }) => ({
    what: name(what, log, 'today'),
    of,
    to: before,
    against: [name(what, log, 'before')],
    atMost,
    goal,
  }))
  return [...less, ...added]
}

/** Lets both databases grow; two sides share today's. */
async function enlarge(sides: readonly Side[]): Promise<void> {
  for (const { name, client, users } of sides) {
    if (name !== 'today, as served') await writeMessages(client, users, history)
  }
}

/** Measures all sides, a few calls of each in turn. */
function measureSides(
  sides: readonly Side[],
  size: number,
  name: (side: Side['name']) => string,
): Turn {
  return async () => {
    const samples = sides.map(() => ({ took: [] as number[], cpu: 0, calls: 0 }))
    for (const until = performance.now() + turnMs; performance.now() < until; ) {
      for (const [n, side] of sides.entries()) {
        const sample = samples[n] as (typeof samples)[number]
        const used = await side.processorTime?.()
        for (let call = 0; call < callsInTurn; call += 1) {
          const from = performance.now()
          await side.send(side.client, size)
          sample.took.push(performance.now() - from)
        }
        sample.calls += callsInTurn
        sample.cpu += ((await side.processorTime?.()) ?? Number.NaN) - (used ?? Number.NaN)
      }
    }
    return Object.fromEntries(
      samples.map(({ took, cpu, calls }, n) => {
        const wall = took.reduce((a, b) => a + b, 0)
        const measured: Measured = {
          rate: (calls * size * 1000) / wall,
          p50: percentile(took, 50) / size,
          p99: percentile(took, 99) / size,
          cpu: cpu / (calls * size),
        }
        return [name((sides[n] as Side).name), measured]
      }),
    )
  }
}
