// The program behind `npm run bench`. It runs the benches of this folder; each creates its own database
// and reports ratios within one run. README.md contains the results.
import { parseArgs } from 'node:util'
import type { Bench } from './bench.ts'
import { chooseServer } from './given-server.ts'

interface Entry {
  readonly about: string
  /** Minutes for three rounds; more on a busy machine. */
  readonly minutes: number
  /** Loaded only when asked for. */
  readonly load: () => Promise<{ bench: Bench }>
}

const benches: Record<string, Entry> = {
  append: {
    about:
      'compare the processor time of an append, alone and in batches, with the earlier machinery',
    minutes: 4,
    load: () => import('./append-cost.ts'),
  },
  messages: {
    about:
      'compare POST /messages with raw SQL, pgbench, a bare server, an echo, and one append per request',
    minutes: 6,
    load: () => import('./messages.ts'),
  },
  metrics: {
    about: 'the cost of the admin port and its metrics to POST /messages',
    minutes: 5,
    load: () => import('./metrics.ts'),
  },
  reads: {
    about: 'compare GET /messages with its SQL, and GET /users/me with a constant',
    minutes: 3,
    load: () => import('./reads.ts'),
  },
  peers: {
    about: 'compare POST /messages and GET /messages with PostGraphile and Emmett',
    minutes: 5,
    load: () => import('./peers.ts'),
  },
  passwords: {
    about: 'compare POST /users with the bare hash; POST /messages while logins queue',
    minutes: 3,
    load: () => import('./passwords.ts'),
  },
  servers: {
    about: 'compare four servers on one database with one, and with appends and inserts alone',
    minutes: 8,
    load: () => import('./servers.ts'),
  },
  standbys: {
    about: 'reads with a standby beside the primary; POST /messages with a synchronous standby',
    minutes: 3,
    load: () => import('./standbys.ts'),
  },
  attackers: {
    about: 'POST /messages while other connections send only rejected messages',
    minutes: 2,
    load: () => import('./attackers.ts'),
  },
  stream: {
    about: 'delivery time to a thousand listeners, and their cost to senders',
    minutes: 2,
    load: () => import('./stream.ts'),
  },
  'log-size': {
    about: 'POST /messages on a log of 10 thousand, 1 million and 5 million messages',
    minutes: 8,
    load: () => import('./log-size.ts'),
  },
  'read-tables': {
    about: 'the cost to senders of each read table that contains messages',
    minutes: 2,
    load: () => import('./read-tables.ts'),
  },
  upgrade: {
    about: 'the latency of appends during an upgrade',
    minutes: 3,
    load: () => import('./upgrade.ts'),
  },
  versions: {
    about: 'the cost of each further live version of a read table',
    minutes: 3,
    load: () => import('./versions.ts'),
  },
}

/** The benches that run by default: those of the service that finish soon. */
const short = ['messages', 'reads', 'passwords', 'servers']

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    write: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    postgres: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
const names = positionals.length > 0 ? positionals : short
const unknown = names.find((name) => !benches[name])
const rounds = Number(values.rounds)
const say = (line: string) => process.stderr.write(`${line}\n`)
if (values.help) process.stdout.write(usage())
else if (unknown !== undefined || !Number.isInteger(rounds) || rounds < 1) {
  say(
    unknown === undefined
      ? `--rounds must be a whole number of at least 1, got "${values.rounds}"`
      : `unknown bench "${unknown}"; choose one of the names below`,
  )
  process.stderr.write(usage())
  process.exitCode = 2
} else {
  await chooseServer({ binaries: values.postgres, databaseUrl: process.env.DATABASE_URL })
  for (const name of names) {
    say(name)
    const { bench } = await (benches[name] as Entry).load()
    await bench({ write: values.write, rounds, say })
  }
}

function usage(): string {
  const lines = Object.entries(benches).map(
    ([name, { about, minutes }]) => `  ${name.padEnd(11)} ${about} (${minutes} min)`,
  )
  const total = (names: readonly string[]) =>
    names.reduce((sum, name) => sum + (benches[name]?.minutes ?? 0), 0)
  return `Usage: npm run bench -- [name …] [--rounds N] [--postgres DIR] [--write]

${lines.join('\n')}

By default: ${short.join(', ')} (${total(short)} min). All: ${total(Object.keys(benches))} min.

  --rounds N      rounds to measure; the minutes above are for the default of 3
  --postgres DIR  use the PostgreSQL whose programs are in DIR, such as /usr/lib/postgresql/15/bin,
                  instead of the embedded one; with DATABASE_URL set, the benches use that server
  --write         write the results to test/bench/README.md
`
}
