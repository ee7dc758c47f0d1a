// The packages of the bench "peers", with pinned versions, in a temporary directory. They are no dependencies of
// Epistle, so npm installs them for one run, from the registry of its own configuration.
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const dependencies = {
  '@event-driven-io/dumbo': '0.12.7',
  '@event-driven-io/emmett': '0.42.0',
  '@event-driven-io/emmett-postgresql': '0.42.0',
  '@event-driven-io/pongo': '0.16.11',
  pg: '8.23.1',
  postgraphile: '5.1.5',
}

export const emmettVersion = dependencies['@event-driven-io/emmett-postgresql']
export const postgraphileVersion = dependencies.postgraphile

/** Installs the packages below a directory. */
export async function installPeers(directory: string): Promise<void> {
  const manifest = { private: true, type: 'module', dependencies }
  await writeFile(join(directory, 'package.json'), JSON.stringify(manifest))
  const options = ['--no-audit', '--no-fund', '--omit=dev', '--loglevel=error']
  await promisify(execFile)('npm', ['install', ...options], { cwd: directory })
}
