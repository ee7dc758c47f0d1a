// The folder of the temporary server: in memory only where there is enough of it.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { serverFolder } from './server-folder.ts'

t.test(
  'The server has its data in memory where there is room, else among the temporary files',
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'epistle-memory-'))
    t.teardown(() => rm(folder, { recursive: true }))
    t.equal(await serverFolder(folder, 1), folder)
    t.equal(await serverFolder(folder, 2 ** 60), tmpdir())
    t.equal(await serverFolder(join(folder, 'none'), 1), tmpdir())
  },
)
