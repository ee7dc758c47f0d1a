// Commands that wait, for tests of who goes next: only what queues look at is in them.
import { PendingAppend } from '../../../src/platform/event-store/writer/pending-append.ts'

interface Sent {
  readonly onRefused?: (error: unknown) => void
  readonly actor?: string
  readonly streams?: readonly string[]
  readonly size?: number
  readonly events?: number
}

let sent = 0

/** A command of its own stream, where nothing else is said. */
export function waiting(given: Sent = {}): PendingAppend {
  const { actor = 'ann', streams = [`stream ${sent++}`], size = 10, events = 1 } = given
  const request = { streams, actor, events, json: 'x'.repeat(size) }
  const settled = () => undefined
  return new PendingAppend(request, settled, given.onRefused ?? settled)
}
