// wrk, an HTTP load generator in C: it leaves more of the processors to the servers than a client on Node does. It
// is a program of its own (Debian: package wrk) with one URL and one thread, so each of several servers gets its own.
//
// Its latencies are corrected: a response that takes more than twice the mean also counts for the requests that the
// waiting connection could not send.
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { HttpLoad, Measured, Request } from './rate.ts'

const run = promisify(execFile)

/** wrk has no warm-up, so a run of the shortest duration that it knows comes first. */
const warmUpSeconds = 1

/** What wrk.lua prints. */
interface Result {
  readonly requests: number
  /** Microseconds, as the latencies. */
  readonly duration: number
  readonly p50: number
  readonly p99: number
  readonly errors: Readonly<Record<string, number>>
}

/** True where wrk is installed. It exits with an error after it has printed its version. */
export async function findWrk(): Promise<boolean> {
  const failure = await run('wrk', ['--version']).catch((error) => error)
  return failure.code !== 'ENOENT'
}

/**
 * Measures for so long, rounded to seconds. Throws if a response has another status or is missing. wrk itself counts
 * only statuses from 400 on, so one request to each server is checked first. The rate is that of all servers together,
 * and each latency that of the slowest server.
 */
export async function measureByWrk(
  load: HttpLoad,
  milliseconds: number,
  below: string,
): Promise<Measured> {
  const directory = await mkdtemp(join(below, 'wrk-'))
  const seconds = Math.max(1, Math.round(milliseconds / 1000))
  const targets = load.urls.map((url, n) => ({
    url,
    file: join(directory, `${n}`),
    connections: Math.ceil((load.connections - n) / load.urls.length),
  }))
  let first = 0
  for (const { url, file, connections } of targets) {
    const lists = Array.from({ length: connections }, (_, n) => load.requests(first + n))
    first += connections
    const requests = lists.flat()
    await checkOne(url, requests[0] as Request, load.status)
    await writeFile(file, requests.map((request) => `${toText(url, request)}\0`).join(''))
  }
  const runAll = (seconds: number) =>
    Promise.all(targets.map((target) => runWrk(target, seconds, load.status)))
  await runAll(warmUpSeconds)
  const results = await runAll(seconds)
  await rm(directory, { recursive: true })
  return {
    rate: results.reduce((sum, { requests, duration }) => sum + (requests * 1e6) / duration, 0),
    p50: Math.max(...results.map(({ p50 }) => p50)) / 1000,
    p99: Math.max(...results.map(({ p99 }) => p99)) / 1000,
  }
}

interface Target {
  readonly url: string
  readonly file: string
  readonly connections: number
}

async function runWrk(
  { url, file, connections }: Target,
  seconds: number,
  status: number,
): Promise<Result> {
  const script = join(import.meta.dirname, 'wrk.lua')
  const options = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '-s', script]
  const { stdout } = await run('wrk', [...options, url, '--', file])
  const json = /^result: (.+)$/m.exec(stdout)?.[1]
  if (!json) throw new Error(`wrk reported no result:\n${stdout}`)
  const result: Result = JSON.parse(json)
  const wrong = Object.entries(result.errors).filter(([, count]) => count > 0)
  if (wrong.length > 0 || result.requests === 0) {
    throw new Error(
      `expected status ${status} for every response; wrk counted ${result.requests} responses, and as errors: ` +
        wrong.map(([kind, count]) => `${kind} ${count}`).join('; '),
    )
  }
  return result
}

/** A request as it is sent over the connection. */
function toText(url: string, { method = 'GET', path = '/', headers = {}, body = '' }: Request) {
  const all = {
    host: new URL(url).host,
    ...headers,
    ...(body !== '' && { 'content-length': Buffer.byteLength(body) }),
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
}

async function checkOne(url: string, request: Request, status: number): Promise<void> {
  const { method = 'GET', path = '/', headers, body } = request
  const init = {
    method,
    headers: headers as Record<string, string>,
    ...(body && { body: `${body}` }),
  }
  const answer = await fetch(new URL(path, url), init)
  const text = await answer.text()
  if (answer.status !== status) {
    throw new Error(`expected status ${status} for every response, got ${answer.status}: ${text}`)
  }
}
