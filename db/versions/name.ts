/**
 * `npm run name-version -- 1.0.0`: names the next version. It freezes what db/versions/frozen.ts lists, together
 * with the current commit, sets the version of the packages, and gives the heading "Unreleased" of CHANGELOG.md
 * that version and today's date. Committing is left to the person who runs it.
 */

import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dbDirectory } from '../../src/platform/read-models/releases/releases.ts'
import { type NamedVersion, readFrozen, readVersions } from './frozen.ts'

const checkout = join(dbDirectory, '..')
const [, , version = ''] = process.argv

const refusal = await findRefusal()
if (refusal) {
  process.stderr.write(`${refusal}\n`)
  process.exitCode = 2
} else {
  const commit = git('rev-parse', 'HEAD')
  const named: NamedVersion = { version, commit, ...(await readFrozen(dbDirectory)) }
  const text = `${JSON.stringify(named, undefined, 2)}\n`
  await writeFile(join(dbDirectory, 'versions', `${version}.json`), text)
  await setPackageVersions()
  await nameInChangelog()
  execFileSync('npm', ['run', '--silent', 'openapi'], { cwd: checkout, stdio: 'inherit' })
  process.stdout.write(
    `named ${version} at commit ${commit}. Commit these changes directly on top of that commit, without a ` +
      'rebase, since `npm run soak -- rollout` looks for it in the history.\n',
  )
}

async function findRefusal(): Promise<string | undefined> {
  if (!/^\d+\.\d+\.\d+$/.test(version))
    return `give the version as three numbers, such as \`npm run name-version -- 1.0.0\`; got "${version}"`
  const last = (await readVersions(dbDirectory)).at(-1)?.version ?? '0.0.0'
  if (last.localeCompare(version, 'en', { numeric: true }) >= 0)
    return `the version must be greater than the last named version, ${last}`
  if (git('status', '--porcelain') !== '')
    return 'commit or stash all changes first: a version is named after the commit that has its code'
  return undefined
}

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: checkout, encoding: 'utf8' }).trim()
}

async function setPackageVersions(): Promise<void> {
  for (const file of ['package.json', 'openapi/package.json', 'package-lock.json']) {
    const content = JSON.parse(await readFile(join(checkout, file), 'utf8'))
    for (const each of [content, content.packages?.[''], content.packages?.openapi])
      if (each) each.version = version
    await writeFile(join(checkout, file), `${JSON.stringify(content, undefined, 2)}\n`)
  }
}

async function nameInChangelog(): Promise<void> {
  const file = join(checkout, 'CHANGELOG.md')
  const date = new Date().toISOString().slice(0, 10)
  const text = await readFile(file, 'utf8')
  await writeFile(
    file,
    text.replace(/^## Unreleased$/m, `## Unreleased\n\n## ${version} - ${date}`),
  )
}
