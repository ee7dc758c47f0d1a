// The whole service under load while something of it breaks, again and again at instants drawn from a
// seed: two servers on a PostgreSQL of their own, one of them over a network that can be cut.
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

/** More than are in one append, so that some are on their way and some still wait. */
const callersAtOnce = 8
/** Between faults, ms: at least, and up to so much longer. */
const [calmMs, spreadMs] = [20, 250]

export type Disturbed = Awaited<ReturnType<typeof disturbed>>

export async function disturbed(t: Finishing, seed: number) {
  const random = randomness(seed)
  const cluster = await ownCluster(t)
  const network = await proxied(t, cluster.url)
  const servers = await Promise.all([Server.start(t, cluster.url), Server.start(t, network.url)])
  const anyServer = () => servers[Math.floor(random() * servers.length)] as Server
  const basesOf = (some: readonly Server[]) => some.flatMap(({ base }) => base ?? [])
  const ledger = new Ledger()
  const deps = { ledger, random, bases: () => basesOf(servers) }
  const arriving = Array.from({ length: callersAtOnce }, (_, n) =>
    Caller.arrive(deps, `caller${n}`),
  )
  const [prover, ...callers] = (await Promise.all(arriving)) as [Caller, ...Caller[]]

  /** How long after a fault was over each server carried out a command again, ms. */
  async function resumption(): Promise<number> {
    const over = performance.now()
    for (const server of servers) await prover.prove(() => basesOf([server]))
    return performance.now() - over
  }

  const faults = {
    /** kill -9 of a server, which is started again. */
    kill: async () => {
      const server = anyServer()
      await server.kill()
      await server.startAgain()
    },
    /** `pg_ctl restart -m immediate`. */
    restart: cluster.restart,
    /** The connections of one server, cut. */
    cut: async () => network.cut(),
    /** The same connections, of which nobody is told that they are dead. */
    silence: async () => network.silence(),
  }

  /** Breaks something so many times under load; answers how long each resumption took, ms. */
  async function disturb(fault: keyof typeof faults, times: number): Promise<number[]> {
    let over = false
    const calling = Promise.allSettled(callers.map((caller) => caller.callUntil(() => over)))
    const took: number[] = []
    try {
      for (let n = 0; n < times; n += 1) {
        await pause(calmMs + random() * spreadMs)
        await faults[fault]()
        took.push(Math.round(await resumption()))
      }
    } finally {
      over = true
    }
    for (const call of await calling) if (call.status === 'rejected') throw call.reason
    return took
  }

  /** Everything that is wrong: with what callers were told, and with what verify finds. */
  async function audit(): Promise<readonly string[]> {
    const db = await connect(t, cluster.url)
    const found = [...(await ledger.audit(db))]
    const verify = epistle(t, ['verify'], { env: { DATABASE_URL: cluster.url } })
    const { code, stdout, stderr } = await finished(verify)
    if (code !== 0) found.push(stdout + stderr)
    return found
  }

  return { disturb, audit, ledger, allAlive: () => servers.every(({ isAlive }) => isAlive) }
}
