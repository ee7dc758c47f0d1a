// The embedded PostgreSQL, with real servers in real directories: what it keeps, which processes share it, and
// that it recovers from every kill. Tests that leave no trace share a directory, because creating one takes
// most of a test's time; every other test starts with an empty directory.
import { spawn } from 'node:child_process'
import { readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { startEmbeddedPostgres } from '../../../src/platform/embedded-postgres/embedded-postgres.ts'
import {
  freshDirectory,
  hold,
  killAndWait,
  postmasterOf,
  query,
  start,
} from '../../support/embedded-postgres/embedding.ts'

const shared = await freshDirectory(t)

t.test('The embedded server keeps its data between starts', async (t) => {
  const directory = await freshDirectory(t)
  const first = await start(t, directory)
  await query(first.url, 'create table kept as select 7 as value')
  await Promise.all([first.close(), first.close()])
  t.equal(await postmasterOf(directory), null, 'the server stopped cleanly')
  const second = await start(t, directory)
  t.same(await query(second.url, 'select value from kept'), [{ value: 7 }])
})

t.test(
  'The embedded server runs in its own process group, which Ctrl-C does not reach',
  async (t) => {
    await start(t, shared)
    const pid = Number(await postmasterOf(shared))
    t.doesNotThrow(() => process.kill(-pid, 0), 'the process group exists')
  },
)

t.test(
  'The embedded server requires its password and listens on the loopback address only',
  async (t) => {
    const { url } = await start(t, shared)
    t.equal((await stat(join(shared, 'password'))).mode & 0o777, 0o600)
    const unrelated = new URL(url)
    unrelated.password = 'guessed'
    await t.rejects(query(unrelated.href, 'select 1'), { code: '28P01' })
    const [settings] = await query(
      url,
      `select current_setting('listen_addresses') as tcp,
            current_setting('unix_socket_directories') as sockets`,
    )
    t.same(settings, { tcp: '127.0.0.1', sockets: '' })
  },
)

t.test('The embedded database uses UTF-8 and the same sort order on every machine', async (t) => {
  const { url } = await start(t, shared)
  const [locale] = await query(
    url,
    `select pg_encoding_to_char(encoding) as encoding, datlocprovider as provider,
            datlocale as locale
     from pg_database where datname = current_database()`,
  )
  t.same(locale, { encoding: 'UTF8', provider: 'b', locale: 'C.UTF-8' })
})

t.test(
  'A second service on the same directory is refused, with the process id of the first',
  async (t) => {
    const holder = await hold(t, shared, 'service')
    await t.rejects(start(t, shared), {
      code: 'already_in_use',
      message: new RegExp(`process ${holder.pid}\\b.*DATABASE_URL`),
      facts: { pid: holder.pid, directory: shared },
    })
    t.same(
      await query(holder.url, 'select 1 as one'),
      [{ one: 1 }],
      'the first service still works',
    )
    await holder.leave()
    t.ok(await start(t, shared), 'the second service starts after the first has left')
  },
)

t.test('A guest that leaves does not stop the server of a service', async (t) => {
  const service = await start(t, shared)
  const pid = await postmasterOf(shared)
  const guest = await hold(t, shared, 'guest')
  t.equal(guest.url, service.url, 'both use the same server')
  await guest.leave()
  t.equal(await postmasterOf(shared), pid)
  t.same(await query(service.url, 'select 1 as one'), [{ one: 1 }])
})

t.test('A server that a guest started stays for the service that joined it', async (t) => {
  const guest = await hold(t, shared, 'guest')
  const said: string[] = []
  const service = await start(t, shared, 'service', said)
  t.same(said, [], 'the server is in use, so it is not adopted')
  await guest.leave()
  t.same(await query(service.url, 'select 1 as one'), [{ one: 1 }])
  await service.close()
  t.equal(await postmasterOf(shared), null, 'the last user stops the server')
})

t.test('The next service adopts the server of a killed one', async (t) => {
  const directory = await freshDirectory(t)
  const killed = await hold(t, directory, 'service')
  await query(killed.url, 'create table kept as select 7 as value')
  const pid = await postmasterOf(directory)
  await killed.kill()
  const said: string[] = []
  const next = await start(t, directory, 'service', said)
  t.equal(await postmasterOf(directory), pid, 'the server is the same')
  t.match(said, [new RegExp(`adopted .*process ${pid}\\b`)])
  t.same(await query(next.url, 'select value from kept'), [{ value: 7 }])
  await next.close()
  t.equal(await postmasterOf(directory), null, 'an adopted server is stopped as well')
})

t.test('Committed rows survive when service and server are both killed', async (t) => {
  const directory = await freshDirectory(t)
  const killed = await hold(t, directory, 'service')
  await query(killed.url, 'create table kept as select 7 as value')
  const pid = Number(await postmasterOf(directory))
  await killed.kill()
  await killAndWait(pid)
  t.equal(await postmasterOf(directory), pid, 'the lock file is still there')
  const next = await start(t, directory)
  t.not(await postmasterOf(directory), pid)
  t.same(await query(next.url, 'select value from kept'), [{ value: 7 }])
})

t.test('A start waits for the last process of a killed server', async (t) => {
  const directory = await freshDirectory(t)
  const killed = await hold(t, directory, 'service')
  const [last] = await query(
    killed.url,
    `select pid from pg_stat_activity where backend_type = 'checkpointer'`,
  )
  process.kill(Number(last?.pid), 'SIGSTOP')
  await killed.kill()
  await killAndWait(Number(await postmasterOf(directory)))
  const starting = start(t, directory)
  await sleep(300)
  process.kill(Number(last?.pid), 'SIGCONT')
  await t.resolves(starting)
})

t.test('A lock file with the number of an unrelated process does not block a start', async (t) => {
  const directory = await freshDirectory(t)
  await (await start(t, directory)).close()
  const data = join(directory, 'data')
  const { uid, gid } = await stat(data)
  // PostgreSQL only respects processes of its own account, so the unrelated process runs under that account.
  const unrelated = spawn('sleep', ['60'], { uid, gid, cwd: '/', stdio: 'ignore' })
  t.teardown(() => unrelated.kill())
  await writeFile(
    join(data, 'postmaster.pid'),
    `${unrelated.pid}\n${data}\n1\n54320\n\n127.0.0.1\n`,
  )
  const next = await start(t, directory)
  t.same(await query(next.url, 'select 1 as one'), [{ one: 1 }])
  t.equal(unrelated.exitCode, null, 'the unrelated process still runs')
})

t.test('Two concurrent starts on an empty directory share one server', async (t) => {
  const directory = await freshDirectory(t)
  const [one, other] = await Promise.all([hold(t, directory, 'guest'), hold(t, directory, 'guest')])
  t.match(one.url, /^postgres:/)
  t.equal(one.url, other.url)
  t.same((await readdir(directory)).sort(), ['data', 'password', 'postgres.log'])
})

t.test('Concurrent starts and stops always share one server', async (t) => {
  const directory = await freshDirectory(t)
  const comeAndGo = async (): Promise<void> => {
    for (let round = 0; round < 4; round += 1) {
      const server = await start(t, directory, 'guest')
      await query(server.url, 'select 1')
      await server.close()
    }
  }
  await t.resolves(Promise.all([comeAndGo(), comeAndGo(), comeAndGo()]))
  t.equal(await postmasterOf(directory), null, 'the last user stopped the server')
})

t.test('A service whose connections are terminated stays the service', async (t) => {
  const directory = await freshDirectory(t)
  const service = await start(t, directory)
  const cut = await query(
    service.url,
    `select pg_terminate_backend(pid) as done from pg_stat_activity
     where application_name = 'epistle:${process.pid}'`,
  )
  t.same(cut, [{ done: true }])
  await sleep(800)
  await t.rejects(start(t, directory), { code: 'already_in_use' })
  const guest = await start(t, directory, 'guest')
  await guest.close()
  t.same(await query(service.url, 'select 1 as one'), [{ one: 1 }])
})

t.test('A user of a killed server survives and can close', async (t) => {
  const service = await start(t, shared)
  await killAndWait(Number(await postmasterOf(shared)))
  await sleep(50)
  await t.resolves(service.close())
})

t.test('A server that cannot start reports the end of its log', async (t) => {
  const options = { directory: shared, exclusive: true, say: () => {} }
  const starting = startEmbeddedPostgres({ ...options, settings: { work_mem: 'plenty' } })
  await t.rejects(starting, { code: 'start_failed', message: /postgres\.log:\n.*work_mem/s })
})
