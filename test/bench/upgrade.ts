// Upgrade: what a release with new versions of users and messages costs writers while it is installed,
// and how fast its read tables are built.
//
// Each round measures the same phases in turn, so that a busy machine affects them equally: builds without
// load; then, under load: before, install (declare, build, cut-over), after, retire.

import type { ClientBase } from 'pg'
import { Actor } from './actor.ts'
import { append } from './append.ts'
import type { Bench } from './bench.ts'
import { writeHistory } from './history.ts'
import { Load, type Sender } from './load.ts'
import { withMoreReleases } from './more-releases.ts'
import { measureRounds } from './quiet.ts'
import { installStepwise, withClient, withScratchServer } from './scratch-server.ts'
import { describeRound, reportUpgrade } from './upgrade-report.ts'
import { measureRound, upgraded } from './upgrade-round.ts'

const history = { registrations: 60_000, messages: 200_000 }
/** Per hundred append requests of the load; the other half are messages. */
const shares = { register: 15, password: 10, session: 25 }
const connections = 8
/** Append requests a second, about a quarter of what two cores can do; the rest is for the upgrade. */
const rate = 200
/** Streams read a second, as commands on an existing aggregate do, over one connection. */
const readRate = 50

function readStream(users: readonly string[]): Sender {
  let n = 0
  return (client) => {
    n += 1
    return client.query({
      name: 'stream',
      text: 'select * from log.user_stream_1 where stream_id = $1 order by stream_version',
      values: [users[n % users.length]],
    })
  }
}

export const bench: Bench = async ({ write, rounds, say }) => {
  await withScratchServer((server) =>
    // measureRounds repeats disturbed rounds, up to twice as many.
    withMoreReleases(upgraded, 4 * rounds, async (releases) => {
      const url = await server.database('upgrade')
      const [added = 0] = releases.added
      await installStepwise(url, releases.directory, [added - 1])
      await withClient(url, async (client) => {
        say('writing the history')
        const users = await writeHistory(client, history)
        const actors = Array.from({ length: connections }, () => new Actor(shares, users))
        const senders = actors.map(
          (actor) => (client: ClientBase) => append(client, [actor.next()]),
        )
        const traffic = new Load({ url, rate, senders })
        const reads = new Load({ url, rate: readRate, senders: [readStream(users)] })
        const measured = await measureRounds(rounds, say, async (n) => {
          const round = await measureRound(client, releases, [traffic, reads], n)
          say(describeRound(round, traffic.samples))
          return round
        })
        await reportUpgrade({ client, history, ...measured, traffic, reads, write })
      })
    }),
  )
}
