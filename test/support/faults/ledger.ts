// What callers sent and what they were told, to be held against the log: what was acknowledged is there
// exactly once, and where it was said to be; what was not, once or not at all; what was denied is not.
import type { ClientBase } from 'pg'

/** What a caller sends. Its marks are in the log as often as the command was carried out. */
export interface Command {
  readonly path: string
  readonly method: 'POST' | 'PUT'
  readonly body: object
  /** Under which it can be repeated; a command without one is sent once. */
  readonly key?: string
  /** What its events are known by. */
  readonly mark: string
  /** How many they are. */
  readonly events: number
}

/** What was said of it: everything that a repeat must say again. */
export interface Answer {
  readonly status: number
  readonly text: string
  readonly location: string | null
  readonly etag: string | null
  readonly position: string | null
}

export class Ledger {
  /** Whatever nobody should have been told, and what the log has otherwise. */
  readonly faults: string[] = []
  readonly #acknowledged = new Map<Command, Answer>()
  readonly #unknown = new Set<Command>()
  readonly #denied = new Set<Command>()

  /** It was carried out; also when it was known already. Anything but the same answer is a fault. */
  acknowledge(command: Command, answer: Answer): void {
    const first = this.#acknowledged.get(command)
    this.#acknowledged.set(command, first ?? answer)
    const [was, is] = [first ?? answer, answer].map((each) => JSON.stringify(each))
    if (was !== is) this.faults.push(`${command.mark} was answered ${was}, and then ${is}`)
  }

  /** It was not answered, or the answer was that nobody knows. */
  doubt(command: Command): void {
    this.#unknown.add(command)
  }

  /** Nothing was recorded, its caller was told. */
  deny(command: Command): void {
    this.#denied.add(command)
  }

  get counts() {
    const [acknowledged, unknown, denied] = [this.#acknowledged, this.#unknown, this.#denied]
    return { acknowledged: acknowledged.size, unknown: unknown.size, denied: denied.size }
  }

  /** Holds everything against the log, and answers all faults, also those of before. */
  async audit(db: ClientBase): Promise<readonly string[]> {
    const { rows } = await db.query<{ mark: string; positions: string[] }>(
      `select mark, array_agg(position order by position) as positions
       from (select content as mark, position from log.message_sent_3
             union all select email, position from log.user_registered_1
             union all select user_id::text, position from log.password_changed_2) recorded
       group by mark`,
    )
    const log = new Map(rows.map(({ mark, positions }) => [mark, positions]))
    const commands = [...this.#acknowledged.keys(), ...this.#unknown, ...this.#denied]
    for (const [mark, sent] of Map.groupBy(commands, ({ mark }) => mark)) {
      this.#compare(mark, sent, log.get(mark) ?? [])
      log.delete(mark)
    }
    for (const mark of log.keys()) this.faults.push(`${mark} is in the log, and nobody sent it`)
    return this.faults
  }

  #compare(mark: string, sent: readonly Command[], positions: readonly string[]): void {
    const answers = sent.flatMap((command) => this.#acknowledged.get(command) ?? [])
    const sum = (commands: readonly Command[]) => commands.reduce((n, { events }) => n + events, 0)
    const least = sum(sent.filter((command) => this.#acknowledged.has(command)))
    const most = least + sum(sent.filter((command) => this.#unknown.has(command)))
    // All of a command's events have one mark, and where some marks are shared each has one event.
    if (
      positions.length !== least &&
      (positions.length > most || (sent.length === 1 && positions.length !== most))
    ) {
      this.faults.push(`${mark} is in the log ${positions.length} times, not ${least} to ${most}`)
    }
    for (const { position } of answers) {
      if (position === null || !positions.includes(position)) {
        this.faults.push(`${mark} was said to be at ${position}, and is at ${positions}`)
      }
    }
  }
}
