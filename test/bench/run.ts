// What `npm run bench` runs: the benches of this folder, each of which makes its own database and
// reports ratios within one run. README.md has the results.
import { parseArgs } from 'node:util'
import type { Bench } from './bench.ts'

interface Entry {
  readonly about: string
  /** What three rounds take, in minutes; a busy machine makes it more. */
  readonly minutes: number
  /** Loaded only when asked for. */
  readonly load: () => Promise<{ bench: Bench }>
}

const benches: Record<string, Entry> = {
  messages: {
    about:
      'POST /messages against raw SQL, an echo, and one append a request; at 1 to 256 connections',
    minutes: 4,
    load: () => import('./messages.ts'),
  },
  reads: {
    about: 'GET /messages against its SQL, GET /users/me against a constant',
    minutes: 2,
    load: () => import('./reads.ts'),
  },
  passwords: {
    about: 'POST /users against the bare hash; POST /messages while logins queue',
    minutes: 3,
    load: () => import('./passwords.ts'),
  },
  servers: {
    about: 'four servers on one database against one',
    minutes: 2,
    load: () => import('./servers.ts'),
  },
  attackers: {
    about: 'POST /messages beside others who send nothing but what is refused',
    minutes: 1,
    load: () => import('./attackers.ts'),
  },
  stream: {
    about: 'how long a message takes to a thousand listeners, and what they cost those who write',
    minutes: 2,
    load: () => import('./stream.ts'),
  },
  'log-size': {
    about: 'POST /messages on a log of 10 thousand, 1 million and 5 million messages',
    minutes: 7,
    load: () => import('./log-size.ts'),
  },
  'read-tables': {
    about: 'what each read table that a message goes into costs those who send',
    minutes: 2,
    load: () => import('./read-tables.ts'),
  },
  upgrade: {
    about: 'what those who write notice of an upgrade',
    minutes: 3,
    load: () => import('./upgrade.ts'),
  },
  versions: {
    about: 'what each further live version of a read table costs',
    minutes: 3,
    load: () => import('./versions.ts'),
  },
}

/** What is run when nothing is named: what a service gives, and is soon told. */
const short = ['messages', 'reads', 'passwords', 'servers']

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    write: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
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
    unknown === undefined ? '--rounds is a whole number from 1 on' : `there is no bench ${unknown}`,
  )
  process.stderr.write(usage())
  process.exitCode = 2
} else {
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
  return `Usage: npm run bench -- [name …] [--rounds N] [--write]

${lines.join('\n')}

Without a name: ${short.join(', ')}.

  --rounds N  how often everything is measured; the minutes above are for the usual 3
  --write     keep the results in test/bench/README.md
`
}
