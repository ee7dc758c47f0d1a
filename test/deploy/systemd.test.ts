// The units of deploy/systemd: systemd accepts them, and their settings and commands exist. Skipped where
// systemd-analyze is not installed (Debian: package systemd). No unit is started.
import { execFile, spawnSync } from 'node:child_process'
import { chmod, cp, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { variables } from '../../src/config.ts'
import { readHelp } from '../support/command-help.ts'
import { checkout, readDocument } from '../support/markdown.ts'

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

t.test('systemd accepts every unit', { skip }, async (t) => {
  const place = t.testdir()
  await cp(folder, place, { recursive: true })
  // It checks that programs exist, which production has and this machine may lack.
  const bin = join(place, 'bin')
  await mkdir(bin)
  for (const program of ['node', 'curl', 'rsync']) {
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
  const set = [...all.matchAll(/^Environment=(\w+)=/gm)].map(([, name]) => name)
  t.strictSame(
    set.filter((name) => name !== 'NODE_ENV' && !variables.includes(name ?? '')),
    [],
  )
  const commands = [...all.matchAll(/src\/main\.ts (\w+)/g)].map(([, command]) => command ?? '')
  t.ok(commands.length >= 6)
  for (const command of commands) t.ok(help.get(command), command)
})

t.test('Servers and workers get more time to stop than they take', async (t) => {
  const [, seconds] = /^SHUTDOWN_SECONDS=(\d+)/m.exec(await readDocument('.env.example')) ?? []
  for (const name of ['epistle-serve@.service', 'epistle-work.service']) {
    const [, stop] = /^TimeoutStopSec=(\d+)/m.exec(texts[units.indexOf(name)] ?? '') ?? []
    t.ok(Number(stop) > Number(seconds), `${name}: ${stop} s`)
  }
})
