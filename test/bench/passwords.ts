// Passwords: what a registration costs in addition to its hash, and how much sending slows down while
// logins queue without end.
import { cpus } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import argon2 from 'argon2'
import { loadConfig } from '../../src/config.ts'
import { uuidV7 } from '../../src/platform/event-store/uuid-v7.ts'
import { installInto } from '../support/installed.ts'
import type { Bench } from './bench.ts'
import { logins, messages, registrations, settle } from './people.ts'
import { measureHttp, measureLoops, warmUpServers } from './rate.ts'
import { publishRatios, type Ratio } from './ratios.ts'
import { withClient, withScratchServer } from './scratch-server.ts'
import { withServers } from './server-process.ts'
import { measureTurns, type Turn, turn } from './turns.ts'

const users = 1_000
/** A hash takes about 30 ms, so a turn measures more than a hundred of them. */
const turnMs = 4_000
/** Connections that register or log in: more than the server hashes at once. */
const hashing = 16
const sending = 8

const { hashCost, hashBounds } = loadConfig(process.env)
const options = {
  type: argon2.argon2id,
  memoryCost: hashCost.memoryKiB,
  timeCost: hashCost.passes,
  parallelism: hashCost.parallelism,
} as const

const registering = `POST /users, ${hashing} connections`
const bareHash = (n: number) => `the bare hash, ${n} at once`
const atOnce = [...new Set([hashBounds.concurrency, cpus().length])]
const calm = `POST /messages, ${sending} connections, calm`
const beside = `POST /messages, ${sending} connections, while logins queue`
const loggingIn = `POST /sessions, ${hashing} connections, meanwhile`

const ratios: readonly Ratio[] = [
  ...atOnce.map((n) => ({
    what: registering,
    to: bareHash(n),
    against: [bareHash(n)],
    // Only the ratio to as many hashes as the server runs at once has a target.
    ...(n === hashBounds.concurrency && { atLeast: 0.9 }),
  })),
  { what: beside, to: calm, against: [calm], atLeast: 0.4 },
  { what: beside, to: calm, against: [calm], of: 'p99', atMost: 4 },
]
const shown = [registering, ...atOnce.map(bareHash), calm, beside, loggingIn]

export const bench: Bench = async ({ write, rounds, say }) => {
  await withScratchServer(async (server) => {
    const url = await server.database('passwords')
    await installInto(url)
    await withClient(url, async (client) => {
      const password = uuidV7()
      const people = await settle(client, users, await argon2.hash(password, options))
      const measured = await withServers(server, ['epistle'], url, async (urls) => {
        const all = { urls, status: 201 }
        const register = { ...all, connections: hashing, requests: registrations }
        const login = { ...all, connections: hashing, requests: logins(people, password) }
        const send = { ...all, connections: sending, requests: messages(people) }
        await warmUpServers([send], say)
        const crowded: Turn = async () => {
          const both = [measureHttp(send, turnMs), measureHttp(login, turnMs)] as const
          const [sent, loggedIn] = await Promise.all(both)
          return { [beside]: sent, [loggingIn]: loggedIn }
        }
        const turns = [
          drained(turn(registering, () => measureHttp(register, turnMs))),
          ...atOnce.map((n) => turn(bareHash(n), () => measureLoops(Array(n).fill(hash), turnMs))),
          turn(calm, () => measureHttp(send, turnMs)),
          drained(crowded),
        ]
        return measureTurns(turns, rounds, say)
      })
      await publishRatios(client, { bench: 'passwords', ...measured, ratios, shown, write })
    })
  })
}

/** The server still hashes what was queued, although no client waits; this must not slow the next turn. */
function drained(measure: Turn): Turn {
  return async () => {
    const found = await measure()
    await pause(hashing * 60) // ms a hash, on a busy machine
    return found
  }
}

function hash(): Promise<string> {
  return argon2.hash(uuidV7(), options)
}
