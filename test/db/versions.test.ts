// The named versions: what each of them froze (db/versions/) is unchanged, and each kind of change is reported
// with a sentence that explains what to do instead.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import { differences, type Frozen, readFrozen, readVersions } from '../../db/versions/frozen.ts'
import { dbDirectory } from '../../src/platform/read-models/releases/releases.ts'
import { checkout } from '../support/markdown.ts'
import { copyReleases } from '../support/read-models/copied-releases.ts'

const now = await readFrozen(dbDirectory)
const versions = await readVersions(dbDirectory)
const nameIt = (frozen: Frozen) => ({ version: '1.2.3', commit: 'abc', ...frozen })

for (const named of versions) {
  const { version, commit } = named
  t.test(`Version ${version} keeps what it froze`, async (t) => {
    t.strictSame(differences(named, now), [])
  })
  const git = (...args: string[]) => promisify(execFile)('git', args, { cwd: checkout })
  const isThere = await git('cat-file', '-e', `${commit}^{commit}`).catch(() => undefined)
  const skip = isThere ? false : `the history has no commit ${commit}`
  t.test(`The commit of version ${version} has its releases`, { skip }, async (t) => {
    const folders = [...new Set(Object.keys(named.releases).map((path) => path.split('/')[0]))]
    const paths = folders.map((folder) => `db/releases/${folder}`)
    const { stdout } = await git('diff', '--name-only', commit, '--', ...paths)
    t.equal(stdout, '')
  })
}

t.test('package.json has the last named version', { skip: versions.length === 0 }, async (t) => {
  const { version } = (await import('../../package.json', { with: { type: 'json' } })).default
  t.equal(version, versions.at(-1)?.version)
})

t.test('A frozen folder may not change, and a further release may come', async (t) => {
  const releases = await copyReleases(t)
  const found = async () => differences(nameIt(now), await readFrozen(releases.directory))
  await releases.add({ notes: '-- a new release' })
  t.strictSame(await found(), [])

  await releases.append('0-registration/users_0.sql', '-- more')
  await releases.remove('3-messages/messages_3.sql')
  await releases.write('6-blocks/users_2.sql', '-- one more file')
  const sentences = await found()
  t.equal(sentences.length, 3)
  t.match(
    sentences[0],
    /^db\/releases\/0-registration\/users_0\.sql has changed.*Take back the change/,
  )
  t.match(sentences[1], /^db\/releases\/3-messages\/messages_3\.sql is gone.*Restore it/)
  t.match(sentences[2], /^db\/releases\/6-blocks\/users_2\.sql was added.*Remove it/)
  for (const sentence of sentences)
    t.match(sentence, /version 1\.2\.3 .*write a new release instead/)
})

t.test('Another machinery needs a greater number than that of a named version', async (t) => {
  const { version } = now.machinery
  const found = (machinery: Frozen['machinery']) => differences(nameIt(now), { ...now, machinery })
  t.match(found({ version, sha256: 'other' }), [`Set machineryVersion to ${version + 1}`])
  t.match(found({ ...now.machinery, version: version - 1 }), [/^db\/machinery is not as in/])
  t.strictSame(found({ version: version + 1, sha256: 'other' }), [])
})

t.test('A problem code of a named version stays, with its status', async (t) => {
  const { not_found: _, ...rest } = now.problems
  const found = (problems: Frozen['problems']) => differences(nameIt(now), { ...now, problems })
  t.match(found(rest), [/^The problem code not_found of version 1\.2\.3/])
  t.match(found({ ...rest, not_found: 410 }), [/Restore it .* add a new code instead/])
  t.strictSame(found({ ...now.problems, another: 400 }), [])
})
