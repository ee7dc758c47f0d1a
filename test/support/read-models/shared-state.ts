// What servers of all releases share while they speak at once: their connections, the people and
// messages that the database acknowledged, and every fault that any of them met.
import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import type { Finishing } from '../database.ts'
import { servers } from '../old-releases/statement.ts'
import { randomness } from '../racing-writers.ts'

/** Somebody whom the database acknowledged, as every release must see him. */
export interface Person {
  readonly id: string
  readonly email: string
  readonly username: string | null
  hash: string
  session: { readonly id: string; readonly token: string } | undefined
}

/** One thing that servers of a release do; a fault of the database rejects. */
export type ReleaseClient = (state: SharedState) => Promise<void>

/** How old servers work, as owners of everything; the newer ones have the service role. */
const roleOf = (release: number) => (release < 2 ? undefined : 'epistle_service')

export class SharedState {
  /** What should not have happened: statements that failed, facts that were not seen. */
  readonly faults: string[] = []
  readonly people: Person[] = []
  readonly messages: string[] = []
  /** Mails that were asked for by who forgot a password, by the task. */
  readonly forgotten: { readonly process: string; readonly id: string }[] = []
  /** Releases whose servers run. */
  readonly running = new Set<number>()
  readonly random: () => number
  private readonly pools: pg.Pool[] = []
  private readonly open: (release: number) => pg.Pool
  private born = 0

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

  expect(truth: boolean, otherwise: string): void {
    if (!truth) this.faults.push(otherwise)
  }

  /** Somebody the database has not heard of yet. */
  stranger(named: boolean): Person {
    this.born += 1
    return {
      id: randomUUID(),
      email: `Person${this.born}@Example.com`,
      username: named ? `person${this.born}` : null,
      hash: `hash ${this.born}`,
      session: undefined,
    }
  }

  /** Takes somebody out of the people, so that nobody else changes him meanwhile. */
  borrow(): Person | undefined {
    return this.people.splice(Math.floor(this.random() * this.people.length), 1)[0]
  }

  anybody(): Person | undefined {
    return this.people[Math.floor(this.random() * this.people.length)]
  }
}
