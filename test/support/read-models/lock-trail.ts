// The trail of an operator's command: which locks on relations in use, and whether the append lock, it holds
// after each statement, and which statements come until it releases them.
import type pg from 'pg'
import { statementSeparator } from '../../../src/platform/read-models/transactions.ts'
import { backendPid, type Lock, locksOf } from './blocked-sessions.ts'

/** Locks that a reader or a writer waits for, or only another lock of their kind. */
const weak = /^(AccessShare|RowShare|RowExclusive|ShareUpdateExclusive)Lock$/

interface Step {
  readonly statement: string
  /** The number of the round trip. */
  readonly trip: number
  readonly held: ReadonlySet<string>
}

export class LockTrail {
  readonly #steps: Step[] = []

  /**
   * Records everything that the client does from now on. Statements of one round trip are run one by one, so
   * that `watcher` can look at the locks in between. It sees only relations that are committed: no other
   * session can wait for the others.
   */
  static async of(client: pg.Client, watcher: pg.Client): Promise<LockTrail> {
    const trail = new LockTrail()
    const pid = await backendPid(client)
    const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>
    let trip = 0
    const recording = async (given: string | pg.QueryConfig, values?: unknown[]) => {
      trip += 1
      const results: unknown[] = []
      const text = typeof given === 'string' ? given : given.text
      for (const statement of text.split(statementSeparator)) {
        results.push(await query(statement === text ? given : statement, values))
        const held = new Set((await locksOf(watcher, pid)).flatMap(nameOf))
        trail.#steps.push({ statement, trip, held })
      }
      return results.length > 1 ? results : results[0]
    }
    Object.assign(client, { query: recording })
    return trail
  }

  /** How many statements, of all, begin like this. */
  count(like: RegExp): number {
    return this.#steps.filter(({ statement }) => like.test(statement)).length
  }

  /** The locks held across a round trip, with the statement after which they were; there should be none. */
  get acrossTrips(): string[] {
    return this.#steps.flatMap(({ statement, trip, held }, n) =>
      trip === this.#steps[n + 1]?.trip
        ? []
        : [...held].map((lock) => `${lock}: ${head(statement)}`),
    )
  }

  /** Each lock with the statements from the one that took it to the one that released it, without repeats. */
  get trails(): string[] {
    const trails = new Set<string>()
    const since = new Map<string, string[]>()
    for (const { statement, held } of this.#steps) {
      for (const lock of held) if (!since.has(lock)) since.set(lock, [])
      for (const [lock, statements] of since) {
        if (statements.at(-1) !== head(statement)) statements.push(head(statement))
        if (held.has(lock)) continue
        since.delete(lock)
        trails.add(`${lock}: ${statements.join(', ')}`)
      }
    }
    return [...trails].sort()
  }
}

/** The name of a lock that others wait for; indexes are locked with their tables. */
function nameOf({ mode, relation, key }: Lock): string[] {
  if (key === '17744 0') return ['append lock']
  if (!relation || weak.test(mode) || !/^(log|read)\..*(_\d+|events|tables)$/.test(relation))
    return []
  const kind = /_stream_\d+$/.test(relation) ? 'view of a stream' : 'event table'
  return [`${mode} on ${relation.startsWith('read.') ? relation : kind}`]
}

/** What a statement does, without names of tables. */
function head(statement: string): string {
  const words = statement
    .replaceAll(/^--.*$/gm, '')
    .trim()
    .replaceAll(/\s+/g, ' ')
  const verb = /^(call|select) [\w.]+|^\w+( or replace)?( (table|view|trigger|function|local))?/
  return [verb.exec(words)?.[0], /(add|drop) constraint|disable trigger/.exec(words)?.[0]]
    .filter(Boolean)
    .join(' … ')
}
