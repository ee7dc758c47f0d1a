// Installs `epistle-client` as its users do: packed by npm, in a project of its own.
import { execFile } from 'node:child_process'
import { access, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import type { Finishing } from './database.ts'
import { checkout } from './markdown.ts'

export const run = promisify(execFile)

/** An empty project with the packed client, removed when the test ends. */
export async function projectWithClient(t: Finishing): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'epistle-client-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'package.json'), '{ "type": "module", "private": true }\n')
  const packed = await pack(folder, '-w', 'openapi')
  const install = (...args: string[]) =>
    run('npm', ['install', '--no-audit', '--no-fund', ...args], { cwd: folder, timeout: 60_000 })
  try {
    await install('--prefer-offline', ...packed)
  } catch {
    // Without a registry, the dependencies are packed from where they are installed here.
    const names = ['openapi-fetch', 'openapi-typescript-helpers', 'eventsource-parser']
    const dependencies = await pack(folder, ...names.map((name) => `./node_modules/${name}`))
    await install('--offline', ...packed, ...dependencies)
  }
  return folder
}

async function pack(folder: string, ...what: string[]): Promise<string[]> {
  const before = await readdir(folder)
  await run('npm', ['pack', '--pack-destination', folder, ...what], { cwd: checkout })
  return (await readdir(folder))
    .filter((name) => name.endsWith('.tgz') && !before.includes(name))
    .map((name) => `./${name}`)
}

/** The programs called node on PATH, but that of the checkout, by their major versions; and the one that runs this. */
export async function nodes(): Promise<Map<string, string>> {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const places = folders
    .filter((each) => !each.includes('node_modules'))
    .map((each) => join(each, 'node'))
  const found = new Map<string, string>()
  for (const path of [process.execPath, ...places]) {
    if (await access(path).catch(() => true)) continue
    const { stdout } = await run(path, ['--version'])
    const [, major = ''] = /^v(\d+)/.exec(stdout) ?? []
    if (!found.has(major)) found.set(major, path)
  }
  return found
}
