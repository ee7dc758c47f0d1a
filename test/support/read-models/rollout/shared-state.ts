// What the clients of all releases share while they run at once: their connections, the users and
// messages that the database acknowledged, and every failure that any client met.
import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import type { Finishing } from '../../database.ts'
import { servers } from '../../old-releases/statement.ts'
import { randomness } from '../../racing-writers.ts'

/** A user as every release must show them. */
export interface Person {
  readonly id: string
  readonly email: string
  readonly username: string | null
  hash: string
  session: { readonly id: string; readonly token: string } | undefined
}

/** One step of a client of a release. It rejects when a statement fails. */
export type ReleaseClient = (state: SharedState) => Promise<void>

/** Old servers work as the owner of everything; from release 2 on they have the service role. */
const roleOf = (release: number) => (release < 2 ? undefined : 'epistle_service')

export class SharedState {
  /** What must not happen: statements that failed, and data that a release showed wrongly. */
  readonly failures: string[] = []
  /** Users that the database acknowledged, without those that a client has taken. */
  readonly people: Person[] = []
  /** The ids of messages that the database acknowledged. */
  readonly messages: string[] = []
  /** Requested password reset mails, by their task. */
  readonly requestedResets: { readonly process: string; readonly id: string }[] = []
  /** Releases whose servers run. */
  readonly running = new Set<number>()
  readonly random: () => number
  private readonly pools: pg.Pool[] = []
  private readonly open: (release: number) => pg.Pool
  private created = 0

  constructor(t: Finishing, url: string, seed: number) {
    this.random = randomness(seed)
    this.open = (release) => servers(t, url, roleOf(release))
  }

  /** The connections of a release's servers. */
  pool(release: number): pg.Pool {
    const pool = this.pools[release] ?? this.open(release)
    this.pools[release] = pool
    return pool
  }

  /** Records a failure unless the condition holds. */
  expect(condition: boolean, failure: string): void {
    if (!condition) this.failures.push(failure)
  }

  /** A user who is not registered yet. */
  newPerson(named: boolean): Person {
    this.created += 1
    return {
      id: randomUUID(),
      email: `Person${this.created}@Example.com`,
      username: named ? `person${this.created}` : null,
      hash: `hash ${this.created}`,
      session: undefined,
    }
  }

  /** Removes a random user from the list, so that no other client changes them meanwhile. */
  takePerson(): Person | undefined {
    return this.people.splice(Math.floor(this.random() * this.people.length), 1)[0]
  }

  anyPerson(): Person | undefined {
    return this.people[Math.floor(this.random() * this.people.length)]
  }
}
