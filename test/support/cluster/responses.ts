// The responses of a cluster's servers under load: when each server answered, and every response that clients should
// not get. The only failure that a client may see is 503 with Retry-After.

/** A response that carried out a command or a query. */
interface Success {
  readonly at: number
  readonly server: string
  /** A repeat is answered from what is recorded, as a query is. */
  readonly kind: 'command' | 'repeat' | 'query'
  /** That the response names. */
  readonly position: string | null
}

export class Responses {
  /** The greatest position that any client knows. */
  position = 0n
  /** Queries that showed less than a client knew when it asked, by server. */
  readonly stale: { readonly at: number; readonly server: string; readonly shown: string }[] = []
  readonly violations: string[] = []
  readonly #successes: Success[] = []
  #unavailable = 0

  get counts() {
    const of = (kind: Success['kind']) => this.#successes.filter((one) => one.kind === kind).length
    return { commands: of('command'), queries: of('query'), unavailable: this.#unavailable }
  }

  succeeded(server: string, kind: Success['kind'], position: string | null = null): void {
    this.#successes.push({ at: performance.now(), server, kind, position })
  }

  /** The positions of the commands that a server has carried out since a moment. */
  positionsSince(from: number, server: string): readonly string[] {
    return this.#successes
      .filter((one) => one.at >= from && one.server === server && one.kind === 'command')
      .flatMap(({ position }) => position ?? [])
  }

  /** Records a failure. Anything but 503 with Retry-After, such as a broken connection, is a violation. */
  failed(what: string, failure: Response | Error, text = ''): void {
    if (failure instanceof Error) this.violations.push(`${what}: ${failure.message}`)
    else if (failure.status === 503 && /^[1-9]\d*$/.test(failure.headers.get('retry-after') ?? ''))
      this.#unavailable += 1
    else this.violations.push(`${what} was answered ${failure.status} ${text}`)
  }

  /** The successes of a kind since a moment, at one server or at any. */
  since(from: number, kind: Success['kind'], server?: string): readonly number[] {
    // They are in the order of time.
    const before = this.#successes.findLastIndex(({ at }) => at < from)
    return this.#successes
      .slice(before + 1)
      .filter((one) => one.kind === kind && (server ?? one.server) === one.server)
      .map(({ at }) => at)
  }

  /** The longest time (ms) without a command that was carried out, from a moment until now. */
  longestPause(from: number): number {
    const times = [from, ...this.since(from, 'command'), performance.now()]
    const pauses = times.slice(1).map((at, index) => at - (times[index] ?? at))
    return Math.round(Math.max(...pauses))
  }
}
