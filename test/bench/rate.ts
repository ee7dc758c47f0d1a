// Rates: how many requests a second succeed over several connections, where each connection sends the next
// request as soon as it has its response (closed loop). The measurement begins after a warm-up, in which
// connections are opened, statements planned and code compiled.
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import autocannon from 'autocannon'
import type { ClientBase } from 'pg'
import { percentile } from './figures.ts'
import { withClients } from './scratch-server.ts'

export type Request = autocannon.Request

/** The warm-up at the beginning, which is not measured. */
const warmUpMs = 500

export interface HttpLoad {
  /** Connections are distributed evenly. */
  readonly urls: readonly string[]
  readonly connections: number
  /** The requests that the nth connection sends repeatedly. */
  readonly requests: (nth: number) => readonly Request[]
  /** The status that every response must have. */
  readonly status: number
}

/** Responses a second, and latencies in milliseconds. */
export interface Measured {
  readonly rate: number
  readonly p50: number
  readonly p99: number
  /** Processor time of the backend, µs. */
  readonly cpu?: number
}

/** Measures a load for so many milliseconds, after a short warm-up. */
export type MeasureHttp = (load: HttpLoad, milliseconds: number) => Promise<Measured>

/** Measures with autocannon. Throws if a response has another status or is missing. */
export async function measureHttp(load: HttpLoad, milliseconds: number): Promise<Measured> {
  const { urls, connections, requests, status } = load
  const took: number[] = []
  const wrong = new Map<string, number>()
  const count = (what: string) => wrong.set(what, (wrong.get(what) ?? 0) + 1)
  let nth = 0
  const options = {
    url: urls as unknown as string, // the types are from a version with a single URL
    connections,
    duration: 3600, // it is stopped below
    sampleInt: 100, // how soon it reacts to the stop, ms; its samples are not used
    setupClient: (client: autocannon.Client) => client.setRequests([...requests(nth++)]),
  }
  const from = performance.now() + warmUpMs
  const running = autocannon(options, () => {})
  running.on('response', (_client, answered, _bytes, lasting) => {
    if (answered !== status) count(`status ${answered}`)
    else if (performance.now() >= from) took.push(lasting)
  })
  running.on('reqError', (error) => count(String(error)))
  await pause(warmUpMs + milliseconds)
  const result = measured(took, from)
  running.stop()
  await once(running, 'done')
  if (wrong.size > 0)
    throw new Error(
      `expected status ${status} for every response, got also: ${[...wrong].join('; ')}`,
    )
  return result
}

/** The length of a server's warm-up, and the connections that it has at least. */
const serverWarmUp = { milliseconds: 10_000, connections: 64 }

/**
 * Sends each load for some time, one after another, so that the servers' code is compiled before the first turn. A
 * server needs tens of thousands of requests until its throughput grows no more.
 */
export async function warmUpServers(
  loads: readonly HttpLoad[],
  say: (line: string) => void,
  measure: MeasureHttp = measureHttp,
): Promise<void> {
  say('warming up the servers')
  for (const load of loads) {
    const connections = Math.max(load.connections, serverWarmUp.connections)
    await measure({ ...load, connections }, serverWarmUp.milliseconds)
  }
}

/** Measures senders on direct connections to a database, one for each sender. */
export async function measureSql(
  url: string,
  senders: readonly ((client: ClientBase) => Promise<unknown>)[],
  milliseconds: number,
): Promise<Measured> {
  return withClients(url, senders.length, (clients) => {
    const loops = senders.map((send, n) => () => send(clients[n] as ClientBase))
    return measureLoops(loops, milliseconds)
  })
}

/** Measures any other actions, each repeated in its own loop, all concurrently. */
export async function measureLoops(
  loops: readonly (() => Promise<unknown>)[],
  milliseconds: number,
): Promise<Measured> {
  const took: number[] = []
  const from = performance.now() + warmUpMs
  const until = from + milliseconds
  const run = async (act: () => Promise<unknown>) => {
    for (let begun = performance.now(); begun < until; ) {
      await act()
      const done = performance.now()
      if (done >= from) took.push(done - begun)
      begun = done
    }
  }
  await Promise.all(loops.map(run))
  return measured(took, from)
}

function measured(took: readonly number[], from: number): Measured {
  const rate = (took.length * 1000) / (performance.now() - from)
  return { rate, p50: percentile(took, 50), p99: percentile(took, 99) }
}
