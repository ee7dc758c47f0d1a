// PostgreSQL's lock file during a start: two servers that start at the same moment may have chosen the same
// port, and only one of them gets it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { findPostmaster } from '../../../src/platform/embedded-postgres/postmaster-pid.ts'

const data = await realpath(await mkdtemp(join(tmpdir(), 'epistle-lock-file-')))
t.teardown(() => rm(data, { recursive: true }))

// A process that runs in the directory, as a server does.
const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { cwd: data })
await once(child, 'spawn')
t.teardown(() => child.kill())
const pid = child.pid as number

const port = 54_977
const begun = [pid, data, 1_795_000_000, port]
const listening = [...begun, '', '127.0.0.1', '  123 4']

for (const { what, lines, isReady } of [
  { what: 'has only chosen a port', lines: begun, isReady: false },
  { what: 'listens on its port', lines: listening, isReady: false },
  { what: 'is recovering', lines: [...listening, 'starting'], isReady: false },
  { what: 'accepts connections', lines: [...listening, 'ready   '], isReady: true },
  { what: 'is stopping', lines: [...listening, 'stopping'], isReady: true },
]) {
  t.test(
    `findPostmaster reports a server that ${what} as ${isReady ? '' : 'not '}ready`,
    async (t) => {
      await writeFile(join(data, 'postmaster.pid'), `${lines.join('\n')}\n`)
      t.strictSame(await findPostmaster(data), { pid, port, isReady })
    },
  )
}
