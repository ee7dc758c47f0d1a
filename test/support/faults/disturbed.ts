// The whole service under load while faults are injected at random times from a seed: two servers on a
// cluster of their own, one of them over a network that can fail.
import { setTimeout as pause } from 'node:timers/promises'
import type { Finishing } from '../database.ts'
import { connect } from '../installed.ts'
import { proxied } from '../proxy.ts'
import { randomness } from '../racing-writers.ts'
import { epistle, finished } from '../service.ts'
import { Caller } from './callers.ts'
import { ownCluster } from './cluster.ts'
import { Ledger } from './ledger.ts'
import { Server } from './servers.ts'

/** More than fit into one append, so that some requests are in flight while others wait. */
const callersAtOnce = 8
/** The time (ms) between faults: the minimum, and a random addition. */
const [calmMs, spreadMs] = [20, 250]

export async function disturbed(t: Finishing, seed: number) {
  const random = randomness(seed)
  const cluster = await ownCluster(t)
  const network = await proxied(t, cluster.url)
  const servers = await Promise.all([Server.start(t, cluster.url), Server.start(t, network.url)])
  const ledger = new Ledger()
  const deps = { ledger, random, bases: () => basesOf(servers) }
  const arriving = Array.from({ length: callersAtOnce }, (_, n) =>
    Caller.arrive(deps, `caller${n}`),
  )
  const [prober, ...callers] = (await Promise.all(arriving)) as [Caller, ...Caller[]]
  const faults = {
    /** Kills a server with -9 and starts it again. */
    kill: async () => {
      const server = servers[Math.floor(random() * servers.length)] as Server
      await server.kill()
      await server.startAgain()
    },
    /** `pg_ctl restart -m immediate`. */
    restart: cluster.restart,
    /** Breaks the connections of one server. */
    cut: async () => network.cut(),
    /** Drops all data on these connections without closing them. */
    silence: async () => network.silence(),
  }

  return {
    /** Injects a fault several times under load. Returns how long (ms) each resumption took. */
    disturb: (fault: keyof typeof faults, times: number) =>
      underLoad(callers, times, async () => {
        await pause(calmMs + random() * spreadMs)
        await faults[fault]()
        return Math.round(await resumption(prober, servers))
      }),
    audit: () => audit(t, ledger, cluster.url),
    ledger,
    allAlive: () => servers.every(({ isAlive }) => isAlive),
  }
}

function basesOf(servers: readonly Server[]): string[] {
  return servers.flatMap(({ base }) => base ?? [])
}

/** Runs something several times while the callers send commands. Returns the results. */
async function underLoad<Result>(
  callers: readonly Caller[],
  times: number,
  run: () => Promise<Result>,
): Promise<Result[]> {
  let over = false
  const calling = Promise.allSettled(callers.map((caller) => caller.callUntil(() => over)))
  const results: Result[] = []
  try {
    for (let n = 0; n < times; n += 1) results.push(await run())
  } finally {
    over = true
  }
  for (const call of await calling) if (call.status === 'rejected') throw call.reason
  return results
}

/** How long (ms) after a fault until every server has carried out a command. */
async function resumption(prober: Caller, servers: readonly Server[]): Promise<number> {
  const over = performance.now()
  for (const server of servers) await prober.probe(() => basesOf([server]))
  return performance.now() - over
}

/** Returns every violation: of what callers were answered, and in what `epistle verify` finds. */
async function audit(t: Finishing, ledger: Ledger, url: string): Promise<readonly string[]> {
  const db = await connect(t, url)
  const found = [...(await ledger.audit(db))]
  const verify = epistle(t, ['verify'], { env: { DATABASE_URL: url } })
  const { code, stdout, stderr } = await finished(verify)
  if (code !== 0) found.push(stdout + stderr)
  return found
}
