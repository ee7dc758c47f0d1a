// examples/nats-relay with Debian's NATS server: two relays, one of which is killed, and a server that is killed.
import t from 'tap'
import { whyWithoutNats } from '../support/nats.ts'
import { raceRelays } from '../support/relay-race.ts'

t.test(
  'The stream of two relays equals the log after kills',
  { skip: whyWithoutNats() },
  async (t) => {
    t.ok((await raceRelays(t, 3, 1)) > 10)
  },
)
