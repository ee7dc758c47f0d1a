// A roll-out from the last named version to today's code and back, under traffic on one database: today's release
// is installed beside the old servers, new servers join, the old ones leave; then the old ones return, and the new
// ones leave. After each step all clients are compared: what they see, and what is refused.
import { setTimeout as pause } from 'node:timers/promises'
import type { Test } from 'tap'
import { freshDatabase } from '../database.ts'
import { Caller } from '../faults/callers.ts'
import { Ledger } from '../faults/ledger.ts'
import { connect } from '../installed.ts'
import { randomness } from '../racing-writers.ts'
import { type Codes, prepareCodes } from './code.ts'
import { differentViews } from './comparison.ts'
import { Fleet } from './fleet.ts'
import { Follower, wrongDeliveries } from './follower.ts'
import { notRefused } from './forbidden.ts'

/** Servers of each version. */
const each = 2
const callersAtOnce = 4
/** Events a second of the build, so that it overlaps with the traffic even on a short log. */
const maxRate = '2000'

export interface Outcome {
  readonly notes: readonly string[]
  /** What must not happen; empty when all is well. */
  readonly problems: readonly string[]
  /** How many commands were acknowledged. */
  readonly acknowledged: number
}

export async function rollOutVersion(t: Test, seed: number, phaseMs: number): Promise<Outcome> {
  const codes = await prepareCodes(t)
  const url = await freshDatabase(t)
  const fleet = new Fleet(t, url)
  await fleet.run(codes.named, 'install')
  await fleet.join('named', codes.named, each)
  // A retry gets the same answer; servers since release 10 show these members of messages, too.
  const ledger = new Ledger(['position', 'version'])
  const deps = { ledger, random: randomness(seed), bases: () => fleet.urls() }
  const arriving = Array.from({ length: callersAtOnce }, (_, n) =>
    Caller.arrive(deps, `caller${n}`),
  )
  const callers = await Promise.all(arriving)
  const followers = callers.flatMap(({ user }) =>
    ['named', 'today'].map((version) => new Follower(t, user, version, () => fleet.members)),
  )
  t.teardown(() => stopAll(followers))
  await Promise.all(followers.map((follower) => follower.start()))
  const problems: string[] = []
  for (const [name, act] of steps(fleet, codes)) {
    const from = performance.now()
    await underLoad(callers, phaseMs, act)
    const found = await compareClients(fleet, callers, ledger)
    problems.push(...found.map((problem) => `after "${name}": ${problem}`))
    const took = ((performance.now() - from) / 1000).toFixed(0)
    process.stderr.write(`${name}: ${took} s, ${found.length} problems\n`)
  }
  const db = await connect(t, url)
  problems.push(...(await missedEvents(db, followers)))
  await stopAll(followers)
  await fleet.leaveAll()
  problems.push(...fleet.complaints, ...(await ledger.audit(db)))
  const verifying = fleet.run(codes.today, 'verify').then(
    () => [],
    (error: Error) => [error.message],
  )
  problems.push(...(await verifying))
  return { notes: codes.notes, problems, acknowledged: ledger.counts.acknowledged }
}

async function stopAll(followers: readonly Follower[]): Promise<void> {
  await Promise.all(followers.map((follower) => follower.stop()))
}

/** The steps of the operator, each with its name. */
function steps(fleet: Fleet, { named, today }: Codes): [string, () => Promise<unknown>][] {
  return [
    ['the named version runs', async () => undefined],
    ["today's release is installed", () => fleet.run(today, 'install', '--max-rate', maxRate)],
    ["today's servers join", () => fleet.join('today', today, each)],
    ['the old servers leave', () => fleet.leave('named')],
    ['the old servers return', () => fleet.join('named', named, each)],
    ["today's servers leave: rolled back", () => fleet.leave('today')],
    ["today's servers join again", () => fleet.join('today', today, each)],
    ['the old servers leave for good', () => fleet.leave('named')],
  ]
}

/** Takes a step while the callers send commands, which go on for a while before and after it. */
async function underLoad(
  callers: readonly Caller[],
  phaseMs: number,
  act: () => Promise<unknown>,
): Promise<void> {
  let isOver = false
  const calling = Promise.allSettled(callers.map((caller) => caller.callUntil(() => isOver)))
  try {
    await pause(phaseMs / 2)
    await act()
    await pause(phaseMs / 2)
  } finally {
    isOver = true
  }
  for (const call of await calling) if (call.status === 'rejected') throw call.reason
}

/** What clients see through all servers, and what each server refuses after another one's command. */
async function compareClients(
  { members }: Fleet,
  callers: readonly Caller[],
  ledger: Ledger,
): Promise<string[]> {
  const found = await differentViews(
    members,
    callers.map(({ user }) => user),
  )
  const versions = [...Map.groupBy(members, ({ version }) => version).values()]
  const firsts = versions.flatMap(([first]) => first ?? [])
  for (const one of firsts) {
    for (const other of firsts) {
      const refusals = await notRefused(ledger, one.url, other.url)
      found.push(...refusals.map((refusal) => `${one.version} → ${other.version}: ${refusal}`))
    }
  }
  return found
}

/** Waits until the followers have received the last message of their user, and compares all deliveries. */
async function missedEvents(
  db: Awaited<ReturnType<typeof connect>>,
  followers: readonly Follower[],
): Promise<string[]> {
  const problems: string[] = []
  for (const follower of followers) {
    const { rows } = await db.query<{ position: string }>(
      'select position from log.message_sent_3 where src_id = $1 or dst_id = $1 order by position',
      [follower.user.id],
    )
    const last = BigInt(rows.at(-1)?.position ?? 0)
    const isBehind = () => BigInt(follower.last ?? 0) < last
    for (const until = Date.now() + 10_000; isBehind() && Date.now() < until; ) await pause(50)
    const positions = rows.map(({ position }) => position)
    problems.push(...wrongDeliveries(follower, positions).slice(0, 2))
  }
  return problems
}
