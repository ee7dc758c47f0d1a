// Debian's NATS server, relays of examples/nats-relay, and what the stream has. Each is a process of its own.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Finishing } from './database.ts'
import { openToken } from './feed.ts'
import { freePort } from './free-port.ts'
import { checkout } from './markdown.ts'
import { type Started, start } from './service.ts'

const folder = join(checkout, 'examples', 'nats-relay')

/** Why tests are skipped; false where NATS and the packages of the relay are installed. */
export function whyWithoutNats(): string | false {
  const reason = isInstalled()
    ? !existsSync(join(folder, 'node_modules')) &&
      'the relay has no packages: npm ci --prefix examples/nats-relay'
    : 'NATS is not installed; on Debian: apt-get install nats-server'
  if (reason) process.stderr.write(`${reason}\n`)
  return reason
}

function isInstalled(): boolean {
  try {
    execFileSync('nats-server', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Starts a server with JetStream in a folder; returns its URL. */
export async function startNats(t: Finishing, data: string): Promise<string> {
  const port = await freePort()
  const args = ['-js', '-sd', data, '-a', '127.0.0.1', '-p', String(port)]
  await start(t, ['nats-server', ...args]).said(/Server is ready/)
  return `nats://127.0.0.1:${port}`
}

/** Starts a relay from the feed of an admin port. */
export function startRelay(t: Finishing, natsUrl: string, adminUrl: string): Started {
  const env = { NATS_URL: natsUrl, EPISTLE_FEED: `${adminUrl}/feed`, EPISTLE_TOKEN: openToken }
  return start(t, [process.execPath, 'relay.ts'], { cwd: folder, env })
}

/** The stream in its order, each event as `position id type`. */
export async function readStream(natsUrl: string): Promise<string[]> {
  // Of the relay's own packages, which are not among ours.
  const { connect } = await import(join(folder, 'node_modules/@nats-io/transport-node/index.js'))
  const { jetstreamManager } = await import(
    join(folder, 'node_modules/@nats-io/jetstream/lib/mod.js')
  )
  const nats = await connect({ servers: natsUrl })
  try {
    const { streams } = await jetstreamManager(nats)
    const { state } = await streams.info('EPISTLE')
    const events: string[] = []
    for (let seq = 1; seq <= state.last_seq; seq += 1) {
      const { position, id, type } = (await streams.getMessage('EPISTLE', { seq })).json()
      events.push(`${position} ${id} ${type}`)
    }
    return events
  } finally {
    await nats.close()
  }
}
