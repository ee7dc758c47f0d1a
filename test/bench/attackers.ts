// Attackers: how much valid messages slow down while other connections send only messages that are
// rejected, from one account or from many; and, for comparison, while they send valid messages.
import { installInto } from '../support/installed.ts'
import type { Bench } from './bench.ts'
import { messages, misdirected, settle } from './people.ts'
import { type HttpLoad, measureHttp, warmUpServers } from './rate.ts'
import { publishRatios, type Ratio } from './ratios.ts'
import { withClient, withScratchServer } from './scratch-server.ts'
import { withServers } from './server-process.ts'
import { measureTurns, type Turn, turn } from './turns.ts'

const users = 1_000
const connections = 32
/** The number of attacking accounts, one for each of their connections. */
const attackers = 32
const turnMs = 3_000

const calm = `POST /messages, ${connections} connections`
const besideOne = 'the same, while one account sends to unknown users'
const besideMany = `the same, while ${attackers} accounts send to unknown users`
const besideGood = `the same, while ${connections} more connections send valid messages`

const ratios: readonly Ratio[] = [
  ...[besideOne, besideMany].flatMap((what): Ratio[] => [
    { what, to: 'undisturbed', against: [calm], atLeast: 0.5 },
    { what, to: 'while others send valid messages', against: [besideGood] },
  ]),
  { what: besideGood, to: 'undisturbed', against: [calm] },
]
const shown = [calm, besideOne, besideMany, besideGood]

export const bench: Bench = async ({ write, rounds, say }) => {
  await withScratchServer(async (server) => {
    const url = await server.database('attackers')
    await installInto(url)
    await withClient(url, async (client) => {
      const people = await settle(client, users)
      const [bad, good] = [people.slice(0, attackers), people.slice(attackers)]
      const measured = await withServers(server, ['epistle'], url, async (urls) => {
        const send = { urls, connections, requests: messages(good), status: 201 }
        const attack = (by: typeof bad) => ({ ...send, requests: misdirected(by), status: 422 })
        await warmUpServers([send, attack(bad)], say)
        const turns = [
          turn(calm, () => measureHttp(send, turnMs)),
          beside(besideOne, send, attack(bad.slice(0, 1))),
          beside(besideMany, send, attack(bad)),
          beside(besideGood, send, send),
        ]
        return measureTurns(turns, rounds, say)
      })
      await publishRatios(client, { bench: 'attackers', ...measured, ratios, shown, write })
    })
  })
}

/** Measures one load while another one runs. */
function beside(name: string, load: HttpLoad, other: HttpLoad): Turn {
  return async () => {
    const [measured] = await Promise.all([measureHttp(load, turnMs), measureHttp(other, turnMs)])
    return { [name]: measured }
  }
}
