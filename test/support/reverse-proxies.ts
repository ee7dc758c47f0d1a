// The reverse proxies of deploy/, run with their own files before servers of a test. Only addresses, names and
// certificates are replaced, each of which must be in the file.
import { execFile, spawnSync } from 'node:child_process'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { freePort } from './free-port.ts'
import { lastingFolder } from './lasting-folder.ts'
import { readDocument } from './markdown.ts'
import { start } from './service.ts'
import { until } from './until.ts'

/** The name in the files of deploy/. */
const name = 'epistle.example.org'

export interface ReverseProxy {
  readonly program: 'nginx' | 'caddy'
  /** Starts it before these servers. Returns its port on 127.0.0.1, where it has a certificate of `localhost`. */
  readonly start: (t: Test, servers: readonly string[]) => Promise<number>
}

export const reverseProxies: readonly ReverseProxy[] = [
  { program: 'nginx', start: startNginx },
  { program: 'caddy', start: startCaddy },
]

/** Why the tests of a proxy are skipped; false where it is installed. */
export function whyWithout(program: string): string | false {
  if (spawnSync(program, [program === 'nginx' ? '-v' : 'version']).status === 0) return false
  const reason = `${program} is not installed; on Debian: apt-get install ${program}`
  process.stderr.write(`${reason}\n`)
  return reason
}

async function startNginx(t: Test, servers: readonly string[]): Promise<number> {
  const [folder, port, plainPort] = [lastingFolder(t), await freePort(), await freePort()]
  const [key, certificate] = await selfSigned(folder)
  const [one = '', other = ''] = servers.map((url) => new URL(url).host)
  const site = replaced(await readDocument('deploy/nginx/epistle.conf'), [
    ['server 127.0.0.1:3000;', `server ${one};`],
    ['server 127.0.0.1:3001;', `server ${other};`],
    ['listen 80;', `listen 127.0.0.1:${plainPort};`],
    ['listen 443 ssl http2;', `listen 127.0.0.1:${port} ssl http2;`],
    ['listen [::]:80;', ''],
    ['listen [::]:443 ssl http2;', ''],
    ['/etc/ssl/epistle/fullchain.pem', certificate],
    ['/etc/ssl/epistle/privkey.pem', key],
  ]).replaceAll(name, 'localhost')
  const file = join(folder, 'nginx.conf')
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const lines = [
    'daemon off;',
    // One process: its workers would outlive a test that fails.
    'master_process off;',
    `pid ${join(folder, 'nginx.pid')};`,
    'error_log stderr notice;',
    'events {}',
    'http {',
    'access_log off;',
    ...places.map((place) => `${place}_temp_path ${join(folder, place)};`),
    site,
    '}',
  ]
  await writeFile(file, lines.join('\n'))
  start(t, ['nginx', '-e', 'stderr', '-c', file])
  await untilOpen(port)
  return port
}

async function startCaddy(t: Test, servers: readonly string[]): Promise<number> {
  const [folder, port] = [lastingFolder(t), await freePort()]
  const hosts = servers.map((url) => new URL(url).host).join(' ')
  const site = replaced(await readDocument('deploy/caddy/Caddyfile'), [
    [`${name} {`, `https://localhost:${port} {\n\ttls internal`],
    ['127.0.0.1:3000 127.0.0.1:3001', hosts],
  ])
  const options = ['admin off', 'auto_https disable_redirects', 'skip_install_trust']
  const file = join(folder, 'Caddyfile')
  await writeFile(file, `{\n${options.join('\n')}\nstorage file_system ${folder}\n}\n${site}`)
  const env = { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder }
  start(t, ['caddy', 'run', '--config', file, '--adapter', 'caddyfile'], { env })
  await untilOpen(port)
  return port
}

/** Replaces each text. Throws if the file does not have it. */
function replaced(file: string, changes: readonly (readonly [string, string])[]): string {
  return changes.reduce((text, [before, after]) => {
    if (!text.includes(before)) throw new Error(`the file does not contain: ${before}`)
    return text.replace(before, () => after)
  }, file)
}

/** Makes a certificate for `localhost`; returns the names of the files. */
async function selfSigned(folder: string): Promise<[key: string, certificate: string]> {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const files = ['-keyout', key, '-out', certificate]
  await promisify(execFile)('openssl', ['req', '-x509', ...made, ...names, ...files])
  await chmod(key, 0o600)
  return [key, certificate]
}

/** Resolves when the port speaks TLS for `localhost`. */
async function untilOpen(port: number): Promise<void> {
  await until(
    `port ${port} is open`,
    () =>
      new Promise<boolean>((resolve) => {
        const options = { port, host: '127.0.0.1', servername: 'localhost' }
        const socket = connect({ ...options, rejectUnauthorized: false }, () => resolve(true))
        socket.on('secureConnect', () => socket.destroy()).on('error', () => resolve(false))
      }),
  )
}
