// The files of deploy/cluster, as they are on a host of a cluster on this machine: with its addresses, and with each
// path below a folder of the host. Nothing else differs from what operators install, except that tests connect as
// superuser without being the system user `postgres`, and that HAProxy stays the user who starts it unless that is root.
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { readDocument } from '../markdown.ts'
import type { Host, Network } from './network.ts'
import { isRoot } from './packages.ts'

export const deployFolder = join('deploy', 'cluster')
/** What operators choose, in place of the "change-me" of the files. */
export const clusterPassword = 'a-secret-of-this-run'

/** Reads files as the host has them. `folder` contains all files of the host. */
export function deployedOn({ loopback }: Host, folder: string, { prefix }: Network) {
  const text = async (path: string): Promise<string> => {
    const original = await readDocument(join(deployFolder, path))
    const adapted = original
      .replaceAll('10.1.0.', prefix)
      .replaceAll('127.0.0.1', loopback)
      .replaceAll('change-me', clusterPassword)
      .replace(/(?<![\w/.])\/(?=(?:var|run|etc|dev)\/)/g, `${folder}/`)
      .replace('local all postgres peer', 'local all all trust')
    return isRoot ? adapted : adapted.replace(/^ +(?:user|group) haproxy\n/gm, '')
  }
  return {
    text,
    /** A file of settings for the environment of a process. */
    settings: async (path: string) => parseEnv(await text(path)) as Record<string, string>,
  }
}
