/**
 * Keeps a NATS JetStream stream equal to the log of Epistle: the same events, in the same order, each once.
 *
 * The stream is its own cursor: the last message has the position and the id of its event. Each event is published on
 * the condition that the stream still ends where the relay believes, so of two relays only one can add an event, and a
 * relay that was away continues from what is there. `Nats-Msg-Id` also lets the server drop a repetition. If the log
 * does not have the event of the last message, its database was restored to an earlier time, and the relay ends.
 */

import { setTimeout as pause } from 'node:timers/promises'
import { JetStreamApiError, jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect, headers } from '@nats-io/transport-node'

const {
  EPISTLE_FEED = 'http://127.0.0.1:9100/feed',
  EPISTLE_TOKEN = '',
  NATS_URL = 'nats://127.0.0.1:4222',
  NATS_STREAM = 'EPISTLE',
} = process.env
const positionHeader = 'Epistle-Position'
const cursorHeader = 'Epistle-Cursor'
const noEventsMs = 250
const retryMs = 1_000

const nats = await connect({ servers: NATS_URL, maxReconnectAttempts: -1 })
const manager = await jetstreamManager(nats)
const publisher = jetstream(nats)

/** The stream is a copy of another log. A retry does not help. */
class OtherLogError extends Error {}

/** Where the stream ends: its last sequence number, and the cursor of the event there. */
async function findEnd(): Promise<{ sequence: number; cursor: string }> {
  const { state } = await manager.streams.info(NATS_STREAM)
  if (state.last_seq === 0) return { sequence: 0, cursor: '0' }
  const last = await manager.streams.getMessage(NATS_STREAM, { seq: state.last_seq })
  const position = last?.header.get(positionHeader)
  const id = last?.header.get('Nats-Msg-Id')
  if (!position || !id) throw new Error(`no relay wrote the last message of ${NATS_STREAM}`)
  return { sequence: state.last_seq, cursor: `${position}.${id}` }
}

/** Publishes what the log has after the end of the stream, until something fails. */
async function relay(): Promise<never> {
  let { sequence, cursor } = await findEnd()
  for (;;) {
    const response = await fetch(`${EPISTLE_FEED}?after=${cursor}&limit=500`, {
      headers: { authorization: `Bearer ${EPISTLE_TOKEN}` },
      signal: AbortSignal.timeout(30_000),
    })
    const text = await response.text()
    if (response.status === 412) {
      throw new OtherLogError(
        `the log does not have the last event of ${NATS_STREAM}: its database was restored to an earlier time; ` +
          'set NATS_STREAM to a new name',
      )
    }
    if (!response.ok) throw new Error(`the feed answered ${response.status}: ${text}`)
    for (const line of text.split('\n').slice(0, -1)) {
      const { id, type, position: at } = JSON.parse(line)
      const header = headers()
      header.set(positionHeader, at)
      const condition = { msgID: id, expect: { lastSequence: sequence } }
      const subject = `${NATS_STREAM.toLowerCase()}.${type}`
      const { seq } = await publisher.publish(subject, line, { headers: header, ...condition })
      sequence = seq
    }
    cursor = response.headers.get(cursorHeader) ?? cursor
    if (text === '') await pause(noEventsMs)
  }
}

for (;;) {
  try {
    await manager.streams.add({ name: NATS_STREAM, subjects: [`${NATS_STREAM.toLowerCase()}.>`] })
    await relay()
  } catch (error) {
    // 10071: another relay was faster. What it added is there, so this one continues after it.
    if (error instanceof JetStreamApiError && error.code === 10071) continue
    if (error instanceof OtherLogError) {
      process.stderr.write(`${error.message}\n`)
      process.exit(1)
    }
    process.stderr.write(`${error}; retrying\n`)
    await pause(retryMs)
  }
}
