// The files of deploy/cluster: they promise what they should, agree with each other, and are accepted by the programs that
// read them, where these are installed. `npm run soak -- cluster` runs them.
import { execFile } from 'node:child_process'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseEnv, promisify } from 'node:util'
import t from 'tap'
import { parse } from 'yaml'
import { loadConfig } from '../../src/config.ts'
import { deployFolder } from '../support/cluster/deployed-files.ts'
import { isRunnable } from '../support/cluster/packages.ts'
import { checkout, readDocument } from '../support/markdown.ts'

const run = promisify(execFile)
const read = (path: string) => readDocument(join(deployFolder, path))
const nodes = ['n1', 'n2', 'n3'] as const
const addressOf = (name: string) => `10.1.0.${name.slice(1)}`
const patroni = await Promise.all(
  nodes.map(async (name) => parse(await read(`patroni/${name}.yml`))),
)
const [{ bootstrap, ...first }] = patroni
const { dcs } = bootstrap
const haproxy = await read('haproxy/haproxy.cfg')
const settings = parseEnv(await read('epistle/epistle.env')) as Record<string, string>

t.test('A commit waits for a second disk, and only a complete standby is promoted', async (t) => {
  t.match(dcs, {
    synchronous_mode: true,
    synchronous_mode_strict: true,
    synchronous_node_count: 1,
    failsafe_mode: true,
    primary_start_timeout: 0,
    postgresql: { use_pg_rewind: true, use_slots: true, parameters: { synchronous_commit: 'on' } },
  })
  t.equal(dcs.postgresql.parameters.wal_log_hints, 'on', 'for pg_rewind')
  t.ok(dcs.maximum_lag_on_failover >= 2 ** 30, 'no complete standby is refused')
  for (const name of ['fsync', 'full_page_writes', 'synchronous_standby_names'])
    t.notOk(name in dcs.postgresql.parameters, `${name} is not set`)
})

t.test(
  "Patroni's times fit together, and commands wait longer than a failover takes",
  async (t) => {
    t.ok(dcs.ttl >= 20, 'the least that Patroni takes')
    t.ok(dcs.loop_wait + 2 * dcs.retry_timeout <= dcs.ttl)
    t.ok(Number(settings.APPEND_PATIENCE_SECONDS) > dcs.ttl)
    const wait = Number.parseInt(
      /(?<=TimeoutStopSec=)\d+/.exec(await read('systemd/epistle-serve.service'))?.[0] ?? '',
      10,
    )
    t.ok(wait > Number(settings.APPEND_PATIENCE_SECONDS), 'systemd lets a server finish')
  },
)

t.test('The files of the three nodes differ in name and address only', async (t) => {
  for (const path of ['patroni/#.yml', 'etcd/#.env']) {
    const [one, ...others] = await Promise.all(
      nodes.map(async (name) => {
        const text = await read(path.replace('#', name))
        t.match(text, `${path.startsWith('etcd') ? 'ETCD_NAME=' : 'name: '}${name}\n`)
        const neutral = text.replace(/(?:etcd:\n.*|ETCD_INITIAL_CLUSTER=.*)\n/, (list) => {
          for (const each of nodes) t.match(list, addressOf(each), `${each} in the list of ${name}`)
          return list.replace(/\d/g, 'x')
        })
        return neutral.replaceAll(addressOf(name), 'ADDRESS').replaceAll(name, 'NAME')
      }),
    )
    for (const other of others) t.equal(other, one, path)
  }
})

t.test('The addresses and ports of etcd, Patroni and HAProxy agree', async (t) => {
  for (const [index, name] of nodes.entries()) {
    const { restapi, postgresql, etcd, ...rest } = patroni[index]
    const address = addressOf(name)
    t.equal(rest.name, name)
    t.equal(restapi.connect_address, `${address}:8008`)
    t.equal(postgresql.connect_address, `${address}:5432`)
    const own = parseEnv(await read(`etcd/${name}.env`))
    t.equal(own.ETCD_ADVERTISE_CLIENT_URLS, `http://${address}:2379`)
    t.ok(etcd.hosts.split(',').includes(`${address}:2379`))
    t.equal(own.ETCD_ENABLE_V2, 'true', "for Patroni's section etcd")
    t.ok(own.ETCD_INITIAL_CLUSTER?.split(',').includes(`${name}=${own.ETCD_LISTEN_PEER_URLS}`))
    const servers = haproxy.match(
      new RegExp(`^ +server ${name} ${address}:5432 check port 8008$`, 'gm'),
    )
    t.equal(servers?.length, 2, `both listeners of HAProxy have ${name}`)
  }
})

t.test(
  'HAProxy leads to the node with the leader key, and ends connections to others',
  async (t) => {
    const [, primary = '', standbys = ''] = haproxy.split(/^listen /m)
    t.match(primary, /^primary\n +bind 127\.0\.0\.1:5000\n/)
    t.match(primary, 'option httpchk OPTIONS /primary\n')
    t.match(standbys, 'option httpchk OPTIONS /sync\n')
    for (const part of [primary, standbys]) {
      t.match(part, 'http-check expect status 200')
      t.match(part, /default-server inter 1s .*fall 2 rise 1 on-marked-down shutdown-sessions\n/)
    }
    const { databaseUrl = '', ...config } = loadConfig(settings)
    t.equal(new URL(databaseUrl).host, '127.0.0.1:5000', 'the servers ask HAProxy')
    t.equal(config.host, '10.1.0.11')
  },
)

t.test('PostgreSQL admits the logins of the runbook, with a password', async (t) => {
  const secrets = parseEnv(await read('patroni/secrets.env'))
  const names = [secrets.PATRONI_REPLICATION_USERNAME, secrets.PATRONI_REWIND_USERNAME]
  const [local, ...remote]: string[] = first.postgresql.pg_hba
  t.equal(local, 'local all postgres peer')
  for (const line of remote) t.match(line, /^host \S+ \S+ 10\.1\.0\.0\/24 scram-sha-256$/)
  const admitted = remote.flatMap((line) => line.split(' ')[2]?.split(','))
  const own = new URL(settings.DATABASE_URL ?? '').username
  t.strictSame(admitted, [...names, 'epistle_owner', own])
  const runbook = await read('README.md')
  for (const login of ['epistle_owner', own]) t.match(runbook, `create role ${login} login`)
})

t.test('The runbook says where each file goes', async (t) => {
  const runbook = await read('README.md')
  for (const folder of await readdir(join(checkout, deployFolder))) {
    if (folder !== 'README.md') t.match(runbook, `| \`${folder}/`, folder)
  }
})

t.test(
  'HAProxy accepts its file',
  { skip: isRunnable('/usr/sbin/haproxy') ? false : 'HAProxy is not installed' },
  async (t) => {
    const file = join(t.testdir(), 'haproxy.cfg')
    // The user and the folder exist where the package is configured for them.
    await writeFile(file, haproxy.replace(/^ +(?:user|group|stats socket) .*\n/gm, ''))
    const { stdout, stderr } = await run('/usr/sbin/haproxy', ['-c', '-f', file])
    t.match(stdout + stderr, /Configuration file is valid/)
    t.notMatch(stdout + stderr, /WARNING/)
  },
)

const programs = ['/usr/bin/systemd-analyze', '/usr/bin/etcd', '/usr/bin/patroni']
t.test(
  'systemd accepts the units',
  { skip: programs.every(isRunnable) ? false : 'systemd, etcd or Patroni is not installed' },
  async (t) => {
    const folder = t.testdir()
    const units = await readdir(join(checkout, deployFolder, 'systemd'))
    t.ok(units.length >= 4)
    const files = await Promise.all(
      units.map(async (unit) => {
        const file = join(folder, unit)
        const text = await read(join('systemd', unit))
        await writeFile(file, text.replace('/usr/bin/node', process.execPath))
        return file
      }),
    )
    const { stderr } = await run('systemd-analyze', ['verify', '--man=no', ...files])
    const ours = stderr.split('\n').filter((line) => units.some((unit) => line.includes(unit)))
    t.strictSame(ours, [])
  },
)
