// The units of deploy/systemd: systemd accepts them, and their settings and commands exist. Skipped where
// systemd-analyze is not installed (Debian: package systemd). No unit is started.
import { execFile, spawnSync } from 'node:child_process'
import { chmod, cp, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { variables } from '../../src/config.ts'
import { readHelp } from '../support/command-help.ts'
import { blocks, checkout, readDocument } from '../support/markdown.ts'

const folder = join(checkout, 'deploy', 'systemd')
const units = (await readdir(folder)).filter((name) =>
  /\.(?:service|timer|path|target)$/.test(name),
)
const texts = await Promise.all(units.map((name) => readDocument(`deploy/systemd/${name}`)))
const common = await readDocument('deploy/systemd/epistle-.service.d/common.conf')
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0
const skip = hasSystemd
  ? false
  : 'systemd-analyze is not installed; on Debian: apt-get install systemd'
if (skip) process.stderr.write(`${skip}\n`)

/** The names that `Environment=` sets, of which a line can have several. */
function byEnvironment(text: string): string[] {
  const lines = text.match(/^Environment=.*/gm) ?? []
  return lines.flatMap((line) => line.slice('Environment='.length).match(/\w+(?==)/g) ?? [])
}

/** The names that `env` sets for a command. */
function byCommand(text: string): string[] {
  const lines = text.match(/^ExecStart=\/usr\/bin\/env .*?(?= \/)/gm) ?? []
  return lines.flatMap((line) => line.replace('ExecStart=', '').match(/\w+(?==)/g) ?? [])
}

/** Every unit and drop-in below deploy/. */
async function unitsOfDeploy(): Promise<string[]> {
  const files = await readdir(join(checkout, 'deploy'), { recursive: true })
  const found = files.filter((file) => /\.(?:service|conf)$/.test(file) && /systemd/.test(file))
  if (found.length < 8) throw new Error(`only ${found} are units`)
  return found
}

t.test('systemd accepts every unit', { skip }, async (t) => {
  const place = t.testdir()
  await cp(folder, place, { recursive: true })
  // It checks that programs exist, which production has and this machine may lack.
  const bin = join(place, 'bin')
  await mkdir(bin)
  for (const program of ['env', 'node', 'curl', 'rsync']) {
    await writeFile(join(bin, program), '#!/bin/sh\n')
    await chmod(join(bin, program), 0o755)
  }
  for (const [n, name] of units.entries()) {
    await writeFile(join(place, name), (texts[n] ?? '').replaceAll('/usr/bin/', `${bin}/`))
  }
  const instances = units.map((name) => name.replace('@.', '@3000.'))
  const verify = (names: readonly string[]) =>
    promisify(execFile)('systemd-analyze', ['verify', '--man=no', ...names], {
      cwd: place,
      env: { ...process.env, SYSTEMD_UNIT_PATH: `${place}:` },
    })
  const { stdout, stderr } = await verify(instances.map((name) => join(place, name)))
  t.equal(stdout + stderr, '')
  await writeFile(join(place, 'epistle-work.service'), '[Service]\nExecStart=/nowhere\nType=oops\n')
  await t.rejects(verify([join(place, 'epistle-work.service')]), 'it would refuse a wrong one')
})

t.test('Units set only settings that exist, and run only commands that exist', async (t) => {
  const help = await readHelp()
  const all = [...texts, common].join('\n')
  const set = [...byEnvironment(all), ...byCommand(all)]
  t.ok(set.includes('FORGET_LEDGER'))
  t.strictSame(
    set.filter((name) => name !== 'NODE_ENV' && !variables.includes(name)),
    [],
  )
  const commands = [...all.matchAll(/src\/main\.ts (\w+)/g)].map(([, command]) => command ?? '')
  t.ok(commands.length >= 6)
  for (const command of commands) t.ok(help.get(command), command)
})

t.test('A copied .env.example overrides no setting of a unit', async (t) => {
  // Settings of EnvironmentFile= override those of Environment=, in whatever order they are (systemd.exec(5)).
  const example = await readDocument('.env.example')
  for (const name of ['PORT', 'ADMIN_PORT', 'FORGET_LEDGER']) t.match(example, `\n${name}=`)
  for (const path of await unitsOfDeploy()) {
    const text = await readDocument(join('deploy', path))
    if (!/^EnvironmentFile=/m.test(text)) continue
    const own = path.startsWith('systemd/epistle-') ? `${common}\n${text}` : text
    const overridden = byEnvironment(own).filter((name) => variables.includes(name))
    t.strictSame(overridden, [], path)
  }
  // systemd-run has both, too: -E is its Environment=.
  for (const { text } of blocks(await readDocument('deploy/README.md'))) {
    if (text.includes('EnvironmentFile=')) t.notMatch(text, /-E |--setenv/)
  }
})

t.test('Servers and workers get more time to stop than they take', async (t) => {
  const [, seconds] = /^SHUTDOWN_SECONDS=(\d+)/m.exec(await readDocument('.env.example')) ?? []
  for (const name of ['epistle-serve@.service', 'epistle-work.service']) {
    const [, stop] = /^TimeoutStopSec=(\d+)/m.exec(texts[units.indexOf(name)] ?? '') ?? []
    t.ok(Number(stop) > Number(seconds), `${name}: ${stop} s`)
  }
})
