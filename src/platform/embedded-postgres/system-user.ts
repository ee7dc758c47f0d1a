// The account PostgreSQL runs as. An ordinary user runs it as himself; PostgreSQL refuses root, so
// root acts as the owner of the data, else as the system user `postgres`, made when there is none.
// Needs neither sudo nor su: Node spawns with a uid, once the account has a passwd entry for initdb.
import { execFile, spawn } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import { EmbeddedPostgresError } from './embedded-error.ts'

const run = promisify(execFile)

/** Who runs PostgreSQL: spread it into the options of `spawn`. Empty means the present user. */
export interface Account {
  uid?: number
  gid?: number
}

/** The account for a data directory, which need not exist yet. Makes the system user if it must. */
export async function accountFor(data: string): Promise<Account> {
  if (process.getuid?.() !== 0) return {}
  const owner = await stat(data).catch(() => null)
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  return (await findSystemUser()) ?? (await makeSystemUser())
}

async function findSystemUser(): Promise<Account | null> {
  // macOS has `_postgres` of its own.
  for (const name of ['postgres', '_postgres']) {
    try {
      const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])])
      return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
    } catch {}
  }
  return null
}

// Each is tried until the user exists: shadow-utils, the same where the group is already there, busybox.
const waysToMakeIt: [string, ...string[]][] = [
  ['useradd', '--system', '--user-group', '--no-create-home', '--shell=/bin/false', 'postgres'],
  ['useradd', '--system', '--gid=postgres', '--no-create-home', '--shell=/bin/false', 'postgres'],
  ['adduser', '-S', '-D', '-H', '-s', '/bin/false', 'postgres'],
]

async function makeSystemUser(): Promise<Account> {
  const complaints: string[] = []
  for (const [command, ...args] of waysToMakeIt) {
    await run(command, args, { env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin` } }).catch(
      (error: Error) => complaints.push(error.message.trim()),
    )
    // Asked after a failure too: a start at the same instant may have made it just before us.
    const made = await findSystemUser()
    if (made) return made
  }
  throw new EmbeddedPostgresError(
    'no_system_user',
    `PostgreSQL refuses to run as root, there is no system user "postgres", and making one failed:
${complaints.join('\n')}
Make that user, run Epistle as an ordinary user, or set DATABASE_URL.`,
  )
}

/**
 * Whether the account may enter a directory, parents included: tried by a process of that account,
 * since only the kernel knows about access lists, mounts and capabilities.
 */
export function mayEnter(account: Account, directory: string): Promise<boolean> {
  if (account.uid === undefined) return Promise.resolve(true)
  return new Promise((resolve, reject) => {
    spawn('/bin/sh', ['-c', 'cd "$0"', directory], { ...account, cwd: '/', stdio: 'ignore' })
      .on('exit', (code) => resolve(code === 0))
      .on('error', (error) =>
        reject(
          new EmbeddedPostgresError(
            'no_system_user',
            `PostgreSQL refuses to run as root, and acting as uid ${account.uid} failed (${error.message}). Run Epistle as an ordinary user, or set DATABASE_URL.`,
            { uid: account.uid ?? null },
          ),
        ),
      )
  })
}
