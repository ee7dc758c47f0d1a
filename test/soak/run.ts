// The program behind `npm run soak`: runs all soaks, or those named, such as `npm run soak -- rollout`.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

const names = (await readdir(import.meta.dirname))
  .filter((file) => file !== 'run.ts')
  .map((file) => file.replace('.ts', ''))
const wanted = process.argv.slice(2)
const unknown = wanted.find((name) => !names.includes(name))
const usage = `Usage: npm run soak -- [name …]\n\nRuns all soaks, for hours, or those named: ${names.join(', ')}.\n`
if (wanted.includes('--help')) process.stdout.write(usage)
else if (unknown === undefined) {
  const files = (wanted.length > 0 ? wanted : names).map((name) =>
    join('test', 'soak', `${name}.ts`),
  )
  // As if the tests had been started with these files: a day at most.
  process.argv.splice(2, wanted.length, '--timeout=86400', ...files)
  await import('../run.ts')
} else {
  process.stderr.write(`unknown soak "${unknown}"\n\n${usage}`)
  process.exitCode = 2
}
