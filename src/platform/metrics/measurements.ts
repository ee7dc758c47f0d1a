/**
 * What the service measures about itself. Code reports facts where they arise, and `metrics.ts` counts them.
 *
 * The code that reports facts needs no argument for it, and without a reader a report costs almost nothing. The facts are
 * those of the OS process, not of one server in it. No fact contains a user, an address, a message or an id.
 */

/** One kind of fact. */
export class Measurement<Fact extends object> {
  #readers: readonly ((fact: Fact) => void)[] = []

  /** Whether the facts are read. Code that has to compute a fact checks this first. */
  get isRead(): boolean {
    return this.#readers.length > 0
  }

  report(fact: Fact): void {
    for (const take of this.#readers) take(fact)
  }

  /** Calls `take` with each fact from now on. Returns a function that stops the calls. */
  read(take: (fact: Fact) => void): () => void {
    const reader = (fact: Fact) => take(fact)
    this.#readers = [...this.#readers, reader]
    return () => {
      this.#readers = this.#readers.filter((each) => each !== reader)
    }
  }
}

/** A number that goes up and down: the sum of the reported changes and of the present values of its sources. */
class Level {
  #changed = 0
  readonly #sources = new Set<() => number>()

  get value(): number {
    return [...this.#sources].reduce((sum, source) => sum + source(), this.#changed)
  }

  change(by: number): void {
    this.#changed += by
  }

  /** Adds a source. Returns a function that removes it. */
  add(source: () => number): () => void {
    this.#sources.add(source)
    return () => this.#sources.delete(source)
  }
}

interface RequestFact {
  readonly method: string
  /** The template, such as `/messages/:id`. */
  readonly route: string
  readonly status: number
  readonly seconds: number
  readonly problem: string | undefined
}

/** The facts. Times are in seconds. */
export const measured = {
  /** Of the public port. */
  request: new Measurement<RequestFact>(),
  adminRequest: new Measurement<RequestFact>(),
  /** A limit is reached. */
  limit: new Measurement<{ readonly name: string }>(),
  /** A response to a GET was read, from this server for this reason. */
  read: new Measurement<{ readonly from: 'primary' | 'standby'; readonly reason: string }>(),
  query: new Measurement<{ readonly statement: string; readonly seconds: number }>(),
  /** A batch of append requests is sent; `waits` has how long each of them has waited. */
  batch: new Measurement<{ readonly waits: readonly number[] }>(),
  /** A call of an append function is over, with so many accepted requests; it failed if its results did not arrive. */
  appendCall: new Measurement<{
    readonly failed: boolean
    readonly seconds: number
    readonly accepted: number
  }>(),
  /** Results of append requests without those that a call accepted. */
  appendResults: new Measurement<{
    readonly result: 'accepted' | 'rejected' | 'unavailable'
    readonly count: number
  }>(),
  /** Doubtful commands, whose results were lost with a connection, and how they ended. */
  doubtful: new Measurement<{
    readonly end: 'was_recorded' | 'recorded_again' | 'unknown'
    readonly count: number
  }>(),
  leases: new Measurement<{ readonly lost: 'connection' | 'standby' | 'not_live' }>(),
  /** An event became frames; `seconds` is the time since it was recorded. */
  frame: new Measurement<{ readonly seconds: number }>(),
  streamEnd: new Measurement<{ readonly reason: string }>(),
  hash: new Measurement<{ readonly purpose: 'new' | 'check'; readonly seconds: number }>(),
  task: new Measurement<{
    readonly process: string
    readonly outcome: 'done' | 'failed' | 'given_up'
    readonly seconds: number
  }>(),
  mail: new Measurement<{ readonly outcome: 'sent' | 'written' | 'failed' }>(),
}

export const levels = {
  appendRequests: new Level(),
  appendBytes: new Level(),
  /** The read tables on which servers and workers of this process hold leases. */
  leasesHeld: new Level(),
  /** How many servers and workers of this process have lost their leases. */
  leasesMissing: new Level(),
  /** Open streams. */
  streams: new Level(),
  /** Requests of `GET /events` that wait. */
  waitingRequests: new Level(),
  hashesRunning: new Level(),
  hashesWaiting: new Level(),
}

/**
 * Connections to the database beside the pools, by the name in the label. Those that serve one purpose for as long as
 * they are open count as busy.
 */
export const connections = {
  writer: { open: new Level(), idle: new Level() },
  leases: { open: new Level() },
  notifications: { open: new Level() },
  /** Of the owner, for jobs of the admin port. */
  jobs: { open: new Level() },
  /** Of operators who look at a table as of an earlier time. */
  replays: { open: new Level() },
  /** Those that look whether the standbys can be read from. */
  standby_checks: { open: new Level() },
}

/** Counts a connection until it ends. */
export function countUntilEnd(
  { open }: { readonly open: Level },
  client: { once(event: 'end', ended: () => void): unknown },
): void {
  open.change(1)
  client.once('end', () => open.change(-1))
}
