// Versions: what each further live version of messages costs writers, and that a demoted one costs
// nothing.
//
// Each arrangement has its own database on one server. Every round measures all arrangements, in a
// different order, so that a busy machine affects them equally.
import { demote } from '../../src/platform/read-models/retire/demote.ts'
import { Actor } from './actor.ts'
import { append } from './append.ts'
import type { Bench } from './bench.ts'
import { figures, hundreds, median, percent } from './figures.ts'
import { measureCapacity } from './load.ts'
import { type MoreReleases, withMoreReleases } from './more-releases.ts'
import { measureRounds } from './quiet.ts'
import { describeMachine, publish, table } from './report.ts'
import {
  installStepwise,
  type ScratchServer,
  withClient,
  withScratchServer,
} from './scratch-server.ts'

/** How many versions of messages are installed, and how many of them are demoted to views. */
const arrangements = [
  { name: '1 live version', versions: 1, demoted: 0 },
  { name: '2 live versions', versions: 2, demoted: 0 },
  { name: '4 live versions', versions: 4, demoted: 0 },
  { name: '4 versions, 3 of them demoted', versions: 4, demoted: 3 },
]

/** How messages are appended: one request per call, as the service does, or many per call. */
const modes = [
  { name: 'one at a time, 8 connections', connections: 8, batch: 1 },
  { name: '100 a call, 1 connection', connections: 1, batch: 100 },
]
/** The mode with a target: what remains of the throughput with each further live version. */
const batched = 1
const [atLeast, goal] = [0.85, 0.9]
const target = `≥ ${atLeast}, goal ${goal}`
const turnMs = 2_000
const users = 1_000

type Arrangement = (typeof arrangements)[number]
interface Subject {
  readonly url: string
  readonly actor: Actor
}
/** Messages a second, in the order of `modes`. */
type Rates = readonly number[]

export const bench: Bench = async ({ write, rounds, say }) => {
  const most = Math.max(...arrangements.map(({ versions }) => versions))
  await withScratchServer((server) =>
    withMoreReleases(['messages'], most - 1, async (releases) => {
      const subjects: Subject[] = []
      for (const arrangement of arrangements) {
        say(`preparing ${arrangement.name}`)
        subjects.push(await prepare(server, releases, arrangement))
      }
      const { results, busy } = await measureRounds(rounds, say, async (round) => {
        const rates: Rates[] = []
        for (const n of subjects.keys()) {
          const turn = (n + round) % subjects.length
          rates[turn] = await measure(subjects[turn] as Subject)
        }
        return rates
      })
      const [one] = subjects as [Subject]
      const machine = await withClient(one.url, describeMachine)
      const text = [
        `Messages a second, appended by the service's code without its HTTP and queues. Rounds: ${rounds} (medians); ratios compare with ` +
          `one live version in the same round. Other processes used at most ${percent(busy)} of the ` +
          'machine just before or after a round.',
        ratios(results),
        `Measured on ${machine}.`,
      ]
      await publish('versions', text.join('\n\n'), write)
    }),
  )
}

async function prepare(
  server: ScratchServer,
  { directory, added, newest }: MoreReleases,
  arrangement: Arrangement,
): Promise<Subject> {
  const { versions, demoted } = arrangement
  const url = await server.database(`versions_${versions}_${demoted}`)
  const [first = 0] = added
  const installed = added.slice(0, versions - 1)
  await installStepwise(url, directory, [first - 1, ...installed])
  const actor = new Actor({ register: 0, password: 0, session: 0 })
  await withClient(url, async (client) => {
    await append(
      client,
      Array.from({ length: users }, () => actor.register()),
    )
    const old = [newest('messages'), ...installed.map((release) => `messages_${release}`)]
    for (const name of old.slice(0, demoted)) await demote(client, directory, name, () => {})
  })
  return { url, actor }
}

async function measure({ url, actor }: Subject): Promise<Rates> {
  const rates: number[] = []
  for (const { batch, connections } of modes) {
    const next = () => Array.from({ length: batch }, () => actor.sendMessage())
    const senders = Array.from({ length: connections }, () => next)
    rates.push((await measureCapacity(url, senders, turnMs)) * batch)
  }
  return rates
}

/**
 * The table of ratios; each round contains the rates of every arrangement. Its last columns compare each further live
 * version with the one before it: of four versions, the third root.
 */
function ratios(rounds: readonly (readonly Rates[])[]): string {
  const rate = (round: readonly Rates[], subject: number, mode: number) =>
    round[subject]?.[mode] ?? Number.NaN
  const relative = (subject: number, mode: number) =>
    median(rounds.map((round) => rate(round, subject, mode) / rate(round, 0, mode)))
  const rows = arrangements.map(({ name, versions, demoted }, subject) => {
    const further = versions - demoted - 1
    const each = relative(subject, batched) ** (1 / further)
    return [
      name,
      ...modes.flatMap((_, mode) => [
        hundreds(median(rounds.map((round) => rate(round, subject, mode)))),
        figures(relative(subject, mode)),
      ]),
      ...(further > 0 ? [each.toPrecision(3), target, judge(each)] : ['', '', '']),
    ]
  })
  const measured = modes.flatMap(({ name }) => [`a second, ${name}`, 'ratio'])
  return table([
    ['messages', ...measured, 'each further version, 100 a call', 'target', 'met'],
    ...rows,
  ])
}

function judge(each: number): string {
  if (each < atLeast) return '**no**'
  return each < goal ? 'yes, but not the goal' : 'yes'
}
