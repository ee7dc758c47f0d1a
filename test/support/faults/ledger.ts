// The commands that callers sent and the answers they got, compared with the log. An acknowledged command is
// there exactly once, at its position; an unanswered one once or not at all; a denied one not at all.
import type { ClientBase } from 'pg'

/** A command of a caller. The log contains its mark as often as the command was carried out. */
export interface Command {
  readonly path: string
  readonly method: 'POST' | 'PUT'
  readonly body: object
  /** The idempotency key for retries; a command without a key is sent once. */
  readonly key?: string
  /** The text that identifies its events. */
  readonly mark: string
  /** How many events it has. */
  readonly events: number
}

/** The parts of a response that every retry must repeat. */
export interface Answer {
  readonly status: number
  readonly text: string
  readonly location: string | null
  readonly etag: string | null
  readonly position: string | null
}

export class Ledger {
  /** Answers that no caller should get, and differences between answers and log. */
  readonly violations: string[] = []
  readonly #acknowledged = new Map<Command, Answer>()
  readonly #unknown = new Set<Command>()
  readonly #denied = new Set<Command>()
  readonly #newMembers: readonly string[]

  /** `newMembers`: what only some of the servers show in bodies. An answer can lack it, but not change it. */
  constructor(newMembers: readonly string[] = []) {
    this.#newMembers = newMembers
  }

  /** The command was carried out. A different answer to the same command is a violation. */
  acknowledge(command: Command, answer: Answer): void {
    const first = this.#acknowledged.get(command)
    this.#acknowledged.set(command, first ?? answer)
    const [was, is] = comparable(first ?? answer, answer, this.#newMembers)
    if (was !== is) this.violations.push(`${command.mark} was answered ${was} and later ${is}`)
  }

  /** The command was not answered, or its result is unknown to the server. */
  doubt(command: Command): void {
    this.#unknown.add(command)
  }

  /** The response stated that the command was not recorded. */
  deny(command: Command): void {
    this.#denied.add(command)
  }

  get counts() {
    const [acknowledged, unknown, denied] = [this.#acknowledged, this.#unknown, this.#denied]
    return { acknowledged: acknowledged.size, unknown: unknown.size, denied: denied.size }
  }

  /** Compares all commands with the log. Returns all violations, including earlier ones. */
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
    for (const mark of log.keys())
      this.violations.push(`${mark} is in the log, but no caller sent it`)
    return this.violations
  }

  #compare(mark: string, sent: readonly Command[], positions: readonly string[]): void {
    const answers = sent.flatMap((command) => this.#acknowledged.get(command) ?? [])
    const sum = (commands: readonly Command[]) => commands.reduce((n, { events }) => n + events, 0)
    const least = sum(sent.filter((command) => this.#acknowledged.has(command)))
    const most = least + sum(sent.filter((command) => this.#unknown.has(command)))
    // All events of a command have one mark. Commands that share a mark have one event each.
    if (
      positions.length !== least &&
      (positions.length > most || (sent.length === 1 && positions.length !== most))
    ) {
      this.violations.push(
        `${mark} is in the log ${positions.length} times, expected ${least} to ${most}`,
      )
    }
    for (const { position } of answers) {
      if (position === null || !positions.includes(position)) {
        this.violations.push(
          `${mark} was answered with position ${position}, but is at ${positions}`,
        )
      }
    }
  }
}

/** Two answers as texts, without the members that one of the two lacks. */
function comparable(one: Answer, other: Answer, newMembers: readonly string[]): string[] {
  const answers = [one, other]
  const lacking = newMembers.filter((name) =>
    answers.some(({ text }) => !text.includes(`"${name}":`)),
  )
  const keep = (name: string, value: unknown) => (lacking.includes(name) ? undefined : value)
  return answers.map(({ text, ...answer }) => {
    const body = text === '' ? text : JSON.stringify(JSON.parse(text), keep)
    return JSON.stringify({ ...answer, body })
  })
}
