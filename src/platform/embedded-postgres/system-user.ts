// The account that PostgreSQL runs under. An ordinary user runs it under their own account. PostgreSQL refuses
// to run as root, so root uses the owner of the data or else the system user `postgres`, which is created
// when it does not exist. Needs neither sudo nor su, because Node can spawn a process with a uid.
import { execFile, spawn } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import { EmbeddedPostgresError } from './embedded-error.ts'

const run = promisify(execFile)

/** The account of PostgreSQL, to be spread into the options of `spawn`. Empty means the present user. */
export interface Account {
  uid?: number
  gid?: number
}

/** The account for a data directory, which need not exist. Creates the system user when it is needed. */
export async function accountFor(data: string): Promise<Account> {
  if (process.getuid?.() !== 0) return {}
  const owner = await stat(data).catch(() => null)
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  return (await findSystemUser()) ?? (await createSystemUser())
}

async function findSystemUser(): Promise<Account | null> {
  // macOS comes with `_postgres`.
  for (const name of ['postgres', '_postgres']) {
    try {
      const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])])
      return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
    } catch {}
  }
  return null
}

// Tried in order until the user exists: shadow-utils, shadow-utils when the group exists already, busybox.
const creationCommands: [string, ...string[]][] = [
  ['useradd', '--system', '--user-group', '--no-create-home', '--shell=/bin/false', 'postgres'],
  ['useradd', '--system', '--gid=postgres', '--no-create-home', '--shell=/bin/false', 'postgres'],
  ['adduser', '-S', '-D', '-H', '-s', '/bin/false', 'postgres'],
]

async function createSystemUser(): Promise<Account> {
  const complaints: string[] = []
  for (const [command, ...args] of creationCommands) {
    await run(command, args, { env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin` } }).catch(
      (error: Error) => complaints.push(error.message.trim()),
    )
    // Also checked after a failure, because another start may have created the user at the same moment.
    const made = await findSystemUser()
    if (made) return made
  }
  throw new EmbeddedPostgresError(
    'no_system_user',
    `PostgreSQL refuses to run as root, there is no system user "postgres", and creating it failed:
${complaints.join('\n')}
Create that user, run Epistle as an ordinary user, or set DATABASE_URL.`,
  )
}

/**
 * Whether the account can enter a directory, its parents included. A process of that account tries it,
 * because only the kernel evaluates access lists, mounts and capabilities.
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
