// Where the data really lie. Usually the directory asked for; but root's PostgreSQL runs as another
// account, and when that cannot enter the directory's parents (a checkout in /root), the data go
// below /var/lib/epistle and the directory becomes a symbolic link there.
import { createHash } from 'node:crypto'
import { chmod, lstat, mkdir, readlink, realpath, rmdir, symlink } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { EmbeddedPostgresError } from './embedded-error.ts'
import { type Account, mayEnter } from './system-user.ts'

/** The folder below /var/lib/epistle that stands for a folder other accounts cannot enter. */
export function publicPlaceOf(folder: string): string {
  return join('/var/lib/epistle', createHash('sha256').update(folder).digest('hex').slice(0, 16))
}

/** Follows links, also one whose target is gone; a path that does not exist is itself. */
export async function followLink(directory: string): Promise<string> {
  const path = join(
    await realpath(dirname(directory)).catch(() => dirname(directory)),
    basename(directory),
  )
  const link = await readlink(path).catch(() => null)
  return link === null ? path : resolve(dirname(path), link)
}

/** Makes the directory, somewhere the account can reach it, and returns its real path. */
export async function settle(
  directory: string,
  account: Account,
  say: (line: string) => void,
): Promise<string> {
  await mkdir(dirname(directory), { recursive: true })
  let place = await followLink(directory)
  if (account.uid === undefined) {
    await mkdir(place, { recursive: true, mode: 0o700 })
    return await realpath(place)
  }
  await mkdir(dirname(place), { recursive: true })
  if (!(await mayEnter(account, dirname(place)))) {
    place = await moveOut(place, account)
    say(
      `PostgreSQL may not run as root, and its own user cannot enter ${directory}: the data lie in ${place}`,
    )
  }
  // Root keeps the directory itself, so that the account cannot put links in our way; it only passes.
  await mkdir(place, { recursive: true, mode: 0o711 })
  if (!(await mayEnter(account, place))) await chmod(place, 0o711)
  return await realpath(place)
}

async function moveOut(directory: string, account: Account): Promise<string> {
  const name = basename(directory).replace(/^\.+/, '')
  const place = join(publicPlaceOf(dirname(directory)), name)
  await mkdir(place, { recursive: true, mode: 0o711 })
  if (!(await mayEnter(account, dirname(place)))) {
    for (const folder of [dirname(dirname(place)), dirname(place)]) await chmod(folder, 0o755)
  }
  // An empty directory gives way to the link; one with files in it is somebody's, so it stays.
  await rmdir(directory).catch(() => {})
  await symlink(place, directory).catch(async (error: NodeJS.ErrnoException) => {
    const made = await lstat(directory).catch(() => null)
    if (made?.isSymbolicLink()) return // by a start at the same instant
    throw new EmbeddedPostgresError(
      'directory_unusable',
      `PostgreSQL may not run as root, its own user (uid ${account.uid}) cannot enter ${directory}, and that cannot become a link to ${place} (${error.code}). Let others enter its parents (chmod o+x), or set DATABASE_URL.`,
      { directory, place },
    )
  })
  return place
}
