// Two relays to NATS JetStream and the server of their feed, killed and restarted 50 times under load. `npm run soak
// -- relay`; SOAK_KILLS in the environment sets how many times, SOAK_SEED at which instants.
import t from 'tap'
import { whyWithoutNats } from '../support/nats.ts'
import { raceRelays } from '../support/relay-race.ts'

const kills = Number(process.env.SOAK_KILLS ?? 50)
const seed = Number(process.env.SOAK_SEED ?? 1)
const skip = whyWithoutNats()

t.test(`After ${kills} kills the stream equals the log (seed ${seed})`, { skip }, async (t) => {
  t.comment(`${await raceRelays(t, kills, seed)} events`)
})
