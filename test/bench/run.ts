// What `npm run bench -- <name>` runs: one of the benches in this folder, each of which makes its own
// database and reports ratios within one run. README.md has the results.
import { parseArgs } from 'node:util'
import type { Bench } from './bench.ts'

/** Loaded only when asked for. */
const benches: Record<string, () => Promise<{ bench: Bench }>> = {
  messages: () => import('./messages.ts'),
  upgrade: () => import('./upgrade.ts'),
  versions: () => import('./versions.ts'),
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { write: { type: 'boolean', default: false }, rounds: { type: 'string', default: '3' } },
})
const load = benches[positionals[0] ?? '']
if (load) {
  const { bench } = await load()
  const say = (line: string) => process.stderr.write(`${line}\n`)
  await bench({ write: values.write, rounds: Number(values.rounds), say })
} else {
  process.stderr.write(
    `Usage: npm run bench -- ${Object.keys(benches).join(' | ')} [--rounds N] [--write]\n`,
  )
  process.exitCode = 2
}
