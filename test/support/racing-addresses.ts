// Races for e-mail addresses between two servers, on a database where the users of every release are live: each
// address belongs to one user at any time, in every version of the table, while one version is rebuilt.
import type { Test } from 'tap'
import { changeEmailByToken } from '../../src/features/account-recovery/redeem-email-token.ts'
import {
  type ConfirmedEmail,
  changeEmail,
  type ReplacedEmail,
  setEmailBack,
} from '../../src/features/users/change-email.ts'
import { findCredentials } from '../../src/features/users/queries.ts'
import { appendUser } from '../../src/features/users/register.ts'
import { user } from '../../src/features/users/user.ts'
import { createEventStore } from '../../src/platform/event-store/event-store.ts'
import { uuidV7 } from '../../src/platform/event-store/uuid-v7.ts'
import { createOneAtATime } from '../../src/platform/rate-limits/one-at-a-time.ts'
import { openPool } from './domain.ts'
import { connect } from './installed.ts'
import { issueToken } from './issue-token.ts'
import { inEitherOrder, onlyOne, outcomeOf, rebuildAll, runRaces } from './races.ts'
import { stepwiseDatabase } from './stepwise-database.ts'

const metadata = {}

/** One server's commands. */
function server(pool: ReturnType<typeof openPool>) {
  const store = createEventStore(pool)
  const hashCost = { memoryKiB: 64, passes: 1, parallelism: 1 }
  const deps = { pool, store, oneAtATime: createOneAtATime(pool, 'registering'), hashCost }
  const redeemDeps = {
    pool,
    changeEmail: (change: ConfirmedEmail) => changeEmail(deps, change),
    setEmailBack: (change: ReplacedEmail) => setEmailBack(deps, change),
  }
  const versionOf = async (userId: string) => (await store.load(user, userId)).version
  return {
    find: (email: string) => findCredentials(pool, email),
    register: async (email: string) => {
      const registration = { email, username: `u${uuidV7().replaceAll('-', '').slice(-20)}` }
      const rest = { password: '', client: '', metadata }
      return (await appendUser({ store }, { ...registration, ...rest }, 'a hash')).id
    },
    verify: async (userId: string) => {
      const { state, version } = await store.load(user, userId)
      const events = user.decide({ type: 'VerifyEmail', id: uuidV7() }, state)
      await store.append({ aggregate: user, streamId: userId, expectedVersion: version, events })
    },
    change: async (userId: string, email: string) =>
      changeEmail(deps, { userId, version: await versionOf(userId), email, metadata }),
    /** Issues the token of a mail to a new address. */
    issue: (userId: string, email: string): Promise<string> =>
      issueToken(store, userId, { purpose: 'email_change', email }),
    openLink: (token: string) => changeEmailByToken(redeemDeps, { token, metadata }),
    /** The id of the user's only change. */
    changeOf: async (userId: string): Promise<string> => {
      const text = 'select id from log.email_changed_13 where user_id = $1'
      return (await pool.query(text, [userId])).rows[0].id
    },
    setBack: async (userId: string, email: string, changeId: string) =>
      setEmailBack(deps, { userId, version: await versionOf(userId), email, changeId, metadata }),
  }
}

type Server = ReturnType<typeof server>

/** Every race ends with one winner, and all tables agree; returns how often each outcome occurred. */
export async function raceForAddresses(t: Test, rounds: number, seed: number) {
  const url = await stepwiseDatabase(t)
  const [db, rebuilding] = [await connect(t, url), await connect(t, url)]
  const both = [server(openPool(t, url)), server(openPool(t, url))] as const
  return runRaces<Race>(t, {
    ...{ db, rounds, seed, races },
    arena: (id, random) => ({ id, servers: inEitherOrder(both, random) }),
    meanwhile: () =>
      rebuildAll(rebuilding, ['users_0', 'users_1', 'users_2', 'replaced_emails_13']),
  })
}

interface Race {
  readonly servers: readonly [Server, Server]
  /** A part of addresses that no other race uses. */
  readonly id: string
}

const races = {
  /** Two users want one address. */
  async changes({ servers: [one, other], id }: Race) {
    const [a, b] = [await one.register(`a${id}@x.org`), await other.register(`b${id}@x.org`)]
    const wanted = `wanted${id}@x.org`
    return onlyOne([one.change(a, wanted), other.change(b, wanted.toUpperCase())].map(outcomeOf))
  },
  /** One user changes to an address with which another registers. */
  async registration({ servers: [one, other], id }: Race) {
    const a = await one.register(`a${id}@x.org`)
    const changed = outcomeOf(one.change(a, `New${id}@x.org`))
    return onlyOne([changed, outcomeOf(other.register(`new${id}@x.org`))])
  },
  /** One link is opened on two servers. It works once, even if one server begins after the other has ended. */
  async link({ servers: [one, other], id }: Race) {
    const a = await one.register(`a${id}@x.org`)
    const token = await one.issue(a, `b${id}@x.org`)
    return onlyOne([one.openLink(token), other.openLink(token)].map(outcomeOf))
  },
  /** An address is given up and taken in the same moment, and its owner gets it back. */
  async freed({ servers: [one, other], id }: Race) {
    const email = `a${id}@x.org`
    const a = await one.register(email)
    await one.verify(a)
    const taken = outcomeOf(other.register(email))
    await one.change(a, `b${id}@x.org`)
    const wasTaken = (await taken) === 'done'
    const b = wasTaken ? undefined : await other.register(email)
    await one.setBack(a, email, await other.changeOf(a))
    if ((await other.find(email))?.id !== a) throw new Error(`${email} was not set back`)
    return b ? 'taken after' : 'taken at once'
  },
}
