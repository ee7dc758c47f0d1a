// Queues of the writer, and pending appends for them, with only the facts that queues look at.
import { AppendQueues } from '../../../src/platform/event-store/writer/append-queues.ts'
import { PendingAppend } from '../../../src/platform/event-store/writer/pending-append.ts'

interface Sent {
  readonly onRejected?: (error: unknown) => void
  readonly actor?: string
  readonly streams?: readonly string[]
  readonly size?: number
  readonly events?: number
}

let sent = 0

/** A request on a stream of its own, unless the test sets the streams. */
export function pendingAppend(given: Sent = {}): PendingAppend {
  const { actor = 'ann', streams = [`stream ${sent++}`], size = 10, events = 1 } = given
  const rest = { lastId: '', single: undefined, expects: [], json: '' }
  const request = { streams, actor, events, size, ...rest }
  const settled = () => undefined
  return new PendingAppend(request, settled, given.onRejected ?? settled)
}

/** Queues with a clock that the test moves. */
export function queuesAt(start: number) {
  const clock = { now: start }
  return { clock, queues: new AppendQueues(() => clock.now) }
}

export function addMany(queues: AppendQueues, many: number): void {
  for (let n = 0; n < many; n += 1) queues.add(pendingAppend())
}
