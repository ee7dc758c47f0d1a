// What a cluster needs on this machine: Debian's packages, and network namespaces where the user may create them.
import { execFileSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'

/** Each package of Debian, with a file that it installs. */
const packages: Readonly<Record<string, string>> = {
  patroni: '/usr/bin/patroni',
  'etcd-server': '/usr/bin/etcd',
  haproxy: '/usr/sbin/haproxy',
  'postgresql-15': '/usr/lib/postgresql/15/bin/postgres',
}

export const isRoot = process.getuid?.() === 0

/** Why no cluster can run here; false where one can. Also written to stderr, so that a skipped run is noticed. */
export function whyWithoutCluster(): string | false {
  const missing = Object.keys(packages).filter((name) => !isRunnable(packages[name] ?? ''))
  if (missing.length === 0) return false
  const reason = `not installed: ${missing.join(', ')}; on Debian: apt-get install ${missing.join(' ')}`
  process.stderr.write(`NO CLUSTER IS TESTED. ${reason}\n`)
  return reason
}

/** Why no cluster of hosts that can be cut off from each other can run here; false where one can. */
export function whyWithoutNamespaces(): string | false {
  const name = `epistle-probe-${process.pid}`
  try {
    execFileSync('ip', ['netns', 'add', name], { stdio: 'ignore' })
    execFileSync('ip', ['netns', 'delete', name], { stdio: 'ignore' })
    return false
  } catch {
    const reason = 'this user cannot create network namespaces (ip netns add)'
    process.stderr.write(`NO PARTITION IS TESTED: ${reason}\n`)
    return reason
  }
}

/** The words before a command that make it run as the user `postgres`, as which root must run PostgreSQL. */
export const asPostgres: readonly string[] = isRoot
  ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups']
  : []

export function isRunnable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
