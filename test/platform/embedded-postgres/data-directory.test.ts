// The data directory of the embedded PostgreSQL: created whole or not at all, never overwritten, and usable by root.
import { lstat, mkdtemp, readdir, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import {
  freshDirectory,
  query,
  spawnHolder,
  start,
} from '../../support/embedded-postgres/embedding.ts'

t.test('A start removes what a start killed during initdb left behind', async (t) => {
  const directory = await freshDirectory(t)
  const child = spawnHolder(t, directory, 'service')
  const drafts = async (): Promise<string[]> =>
    (await readdir(directory)).filter((name) => name.startsWith('initdb-'))
  while ((await drafts()).length === 0) await sleep(2)
  child.kill('SIGKILL')
  t.equal((await drafts()).length, 1)
  t.ok(await start(t, directory))
  t.same(await drafts(), [])
})

t.test('A data directory without its password file is refused, not overwritten', async (t) => {
  const directory = await freshDirectory(t)
  await (await start(t, directory)).close()
  await rm(join(directory, 'password'))
  await t.rejects(start(t, directory), { code: 'directory_unusable', message: /password/ })
})

const asRoot = process.getuid?.() === 0
t.test(
  'Root can use a directory that only root can enter',
  { skip: asRoot ? false : 'this test needs root' },
  async (t) => {
    const closed = await mkdtemp('/root/epistle-embedded-')
    const directory = join(closed, '.data')
    t.teardown(() => rm(closed, { recursive: true }))
    const said: string[] = []
    const server = await start(t, directory, 'service', said)
    const place = await realpath(directory)
    t.teardown(() => rm(join(place, '..'), { recursive: true }))
    t.ok((await lstat(directory)).isSymbolicLink())
    t.match(place, /^\/var\/lib\/epistle\//)
    t.ok(said[0]?.includes(place), 'the note names the real location')
    await query(server.url, 'create table kept as select 7 as value')
    await server.close()
    const next = await start(t, directory)
    t.same(await query(next.url, 'select value from kept'), [{ value: 7 }])
    await next.close()
  },
)
