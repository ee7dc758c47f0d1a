// The real location of the data. It is usually the requested directory. But when root starts Epistle,
// PostgreSQL runs under another account; if that account cannot enter the parent folders (a checkout in
// /root), the data go below /var/lib/epistle and the requested directory becomes a symbolic link.
import { createHash } from 'node:crypto'
import { chmod, lstat, mkdir, readlink, realpath, rmdir, symlink } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { EmbeddedPostgresError } from './embedded-error.ts'
import { type Account, mayEnter } from './system-user.ts'

/** The folder below /var/lib/epistle that replaces a folder which other accounts cannot enter. */
export function publicPlaceOf(folder: string): string {
  return join('/var/lib/epistle', createHash('sha256').update(folder).digest('hex').slice(0, 16))
}

/** Follows a symbolic link, even a dangling one. A path that does not exist is returned as it is. */
export async function followLink(directory: string): Promise<string> {
  const path = join(
    await realpath(dirname(directory)).catch(() => dirname(directory)),
    basename(directory),
  )
  const link = await readlink(path).catch(() => null)
  return link === null ? path : resolve(dirname(path), link)
}

/** Creates the directory where the account can reach it, and returns its real path. */
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
      `PostgreSQL refuses to run as root, and its own user cannot enter ${directory}: the data are in ${place}`,
    )
  }
  // The directory belongs to root, so the account can pass through it but cannot place symbolic links in it.
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
  // An empty directory is replaced by the link. A directory with files in it stays.
  await rmdir(directory).catch(() => {})
  await symlink(place, directory).catch(async (error: NodeJS.ErrnoException) => {
    const made = await lstat(directory).catch(() => null)
    if (made?.isSymbolicLink()) return // made by another start at the same moment
    throw new EmbeddedPostgresError(
      'directory_unusable',
      `PostgreSQL refuses to run as root, its own user (uid ${account.uid}) cannot enter ${directory}, and ${directory} cannot become a link to ${place} (${error.code}). Make its parent folders accessible (chmod o+x), or set DATABASE_URL.`,
      { directory, place },
    )
  })
  return place
}
