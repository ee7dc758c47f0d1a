// The code of an earlier commit, from the repository's own history, in a directory of its own and with its own
// dependencies as npm installs them from its lock file. Benches and soaks run it beside today's code.
import { execFile } from 'node:child_process'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { checkout } from './markdown.ts'

const run = promisify(execFile)

/** Whether the history has this commit; a shallow clone or an exported tree lacks earlier ones. */
export async function hasCommit(commit: string): Promise<boolean> {
  const looking = run('git', ['cat-file', '-e', `${commit}^{commit}`], { cwd: checkout })
  return looking.then(
    () => true,
    () => false,
  )
}

/** The commit that a name such as `HEAD` or a shortened hash stands for. */
export async function commitOf(name: string): Promise<string> {
  const { stdout } = await run('git', ['rev-parse', `${name}^{commit}`], { cwd: checkout })
  return stdout.trim()
}

/** Writes the files of a commit into a directory, and installs what its servers depend on. */
export async function extractCommit(commit: string, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true })
  const archive = join(directory, 'commit.tar')
  await run('git', ['archive', '--format=tar', '-o', archive, commit], { cwd: checkout })
  await run('tar', ['-xf', archive, '-C', directory])
  await rm(archive)
  await installDependencies(directory)
}

/** What the Dockerfile installs: neither development tools nor the embedded PostgreSQL. */
export async function installDependencies(directory: string): Promise<void> {
  const options = ['--omit=dev', '--omit=optional', '--no-audit', '--no-fund', '--loglevel=error']
  await run('npm', ['ci', ...options], { cwd: directory })
}
