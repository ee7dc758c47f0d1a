// The runner of `npm test`: a file that fails, crashes, hangs or asserts nothing is never taken for a success.
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { until } from '../until.ts'
import { readArguments, usage } from './arguments.ts'
import { longestFiles } from './longest-files.ts'
import { describeLongest, describeOutcome, sum } from './report.ts'
import { type Outcome, type RunOptions, runFiles } from './run-files.ts'

const folder = await mkdtemp(join(tmpdir(), 'epistle-runner-'))
t.teardown(() => rm(folder, { recursive: true, force: true }))

const passing = `t.test('one', async (t) => t.ok(true))`

/** Runs files with these texts, in which `t` is tap. */
async function run(
  texts: readonly string[],
  options: Partial<RunOptions> = {},
): Promise<Outcome[]> {
  const files = texts.map((_, n) => join(folder, `${n}.test.mjs`))
  for (const [n, text] of texts.entries()) {
    const written = `import t from '${import.meta.resolve('tap')}'\n${text}\n`
    await writeFile(files[n] ?? '', written)
  }
  const outcomes: Outcome[] = []
  await runFiles(files, {
    cwd: folder,
    env: { ...process.env, TAP_TIMEOUT: '30' },
    jobs: 2,
    bail: false,
    stop: new AbortController().signal,
    ended: (outcome) => outcomes.push(outcome),
    ...options,
  })
  return outcomes
}

async function runOne(text: string, options: Partial<RunOptions> = {}) {
  const [outcome] = await run([text], options)
  if (!outcome) throw new Error('the file did not run')
  return { ...outcome, sum: sum([outcome]), shown: describeOutcome(outcome).join('\n') }
}

t.test('A file that passes is counted by its assertions', async (t) => {
  const { sum, fault, shown } = await runOne(`${passing}\nt.test('two', { skip: true }, () => {})`)
  t.strictSame(sum, { passed: 1, failed: 0, skipped: 1 })
  t.equal(fault, null)
  t.match(shown, /^# .*0\.test\.mjs\n {4}ok 1 - one .*\n {4}ok 2 - two # SKIP\nok - .* s$/)
})

t.test('A failure is shown with its details, and with what the file wrote to stderr', async (t) => {
  const text = `t.test('one', async (t) => t.equal(1, 2, 'the same'))\nprocess.stderr.write('a warning')`
  const { sum, shown } = await runOne(text)
  t.strictSame(sum, { passed: 0, failed: 1, skipped: 0 })
  t.match(shown, /a warning\n(.|\n)*not ok 1 - the same(.|\n)*-2\n *\+1\n(.|\n)*\nnot ok - /)
})

t.test('The five files that took longest are listed, where more have run', async (t) => {
  const outcomes = await run(Array(6).fill(passing))
  const timed = outcomes.map((outcome, n) => ({
    ...outcome,
    file: `${n}`,
    seconds: n + 10 * (n % 2),
  }))
  t.strictSame(describeLongest(timed), [
    '# The files that took longest',
    ...['15.0 s  5', '13.0 s  3', '11.0 s  1', '4.0 s  4', '2.0 s  2'].map((line) =>
      line.padStart(12),
    ),
  ])
  t.strictSame(describeLongest(timed.slice(1)), [])
})

const broken = [
  { title: 'that ends early', text: `${passing}\nt.test('two', () => process.exit(0))` },
  { title: 'that throws', text: `${passing}\nthrow new Error('thrown')` },
  { title: 'that cannot be parsed', text: 'const = 1' },
  { title: 'that is killed', text: `${passing}\nprocess.kill(process.pid, 'SIGKILL')` },
  { title: 'that asserts nothing', text: '' },
  { title: 'with a test that asserts nothing', text: `${passing}\nt.test('two', async () => {})` },
  { title: 'that bails out', text: `${passing}\nt.bailout('no more')` },
]
for (const { title, text } of broken) {
  t.test(`A file ${title} fails`, async (t) => {
    const { sum, shown } = await runOne(text)
    t.ok(sum.failed > 0, shown)
    t.match(shown, /^ {4}.*(not ok|Bail out)(.|\n)*\nnot ok - .* s$/m)
  })
}

t.test('A file that hangs is ended', async (t) => {
  const env = { ...process.env, TAP_TIMEOUT: '1' }
  const waiting = `t.test('one', () => new Promise(() => setInterval(() => {}, 1000)))`
  t.match((await runOne(waiting, { env, graceMs: 1000 })).shown, /not ok \d+ - timeout!/)
  const { fault } = await runOne('for (;;);', { env, graceMs: 100 })
  t.equal(fault, 'ended by SIGKILL')
})

t.test('A file can set a longer time limit for itself', async (t) => {
  const env = { ...process.env, TAP_TIMEOUT: '1' }
  const text = `t.setTimeout(30_000)
    t.test('one', async (t) => {
      await new Promise((resolve) => setTimeout(resolve, 1500))
      t.ok(true)
    })`
  t.equal((await runOne(text, { env, graceMs: 100 })).sum.passed, 1)
})

t.test('A signal ends the running files and starts no other', async (t) => {
  const stop = new AbortController()
  const started = join(folder, 'started')
  const hanging = `import { writeFileSync } from 'node:fs'
    writeFileSync('${started}', '')
    setInterval(() => {}, 1000)`
  const ended = run([hanging, passing], { jobs: 1, stop: stop.signal })
  await until('the file runs', async () => existsSync(started))
  stop.abort('SIGTERM')
  const faults = (await ended).map(({ fault }) => fault)
  t.strictSame(faults, ['ended by SIGTERM'])
})

t.test('With bail, no file starts after a failure', async (t) => {
  const failing = `t.test('one', async (t) => t.ok(false))`
  t.equal((await run([passing, failing, passing], { jobs: 1, bail: true })).length, 2)
})

t.test('The arguments choose the files, and reach tap', async (t) => {
  const wanted = await readArguments(['-g', 'one', '-g', 'two', '--timeout=5', 'test/support'])
  if (typeof wanted === 'string') throw new Error(wanted)
  t.strictSame(wanted.env, { TAP_TIMEOUT: '5', TAP_GREP: 'one\ntwo' })
  t.ok(wanted.files.includes('test/support/runner/run-files.test.ts'))
  t.ok(wanted.files.every((file) => file.startsWith('test/support/')))
  t.equal(await readArguments(['--help']), usage)
  t.equal(await readArguments(['test/no.test.ts']), 'no test file matches "test/no.test.ts"')
  t.match(await readArguments(['--jobs=0']), /whole number/)
  t.match(await readArguments(['--none']), /Unknown option/)
})

t.test('Without arguments all files run, the longest first', async (t) => {
  const wanted = await readArguments([])
  if (typeof wanted === 'string') throw new Error(wanted)
  t.strictSame(wanted.files.slice(0, longestFiles.length), longestFiles)
  t.ok(wanted.files.includes('test/config.test.ts'))
})
