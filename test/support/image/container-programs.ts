// Debian's Buildah and Podman, with a store of images of their own, which is removed after the test. They need neither
// a daemon nor a registry.
import { execFile, execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Finishing } from '../database.ts'
import { checkout } from '../markdown.ts'
import { type Started, start } from '../service.ts'

/** The programs, each a package of Debian with the same name. Podman runs containers by runc. */
const programs = ['buildah', 'podman', 'runc', 'mmdebstrap']

/** Why no image can be built here; false where one can. Also written to stderr, so that a skipped run is noticed. */
export function whyWithoutImages(): string | false {
  const missing = programs.filter((program) => !isInstalled(program))
  const reasons = [
    ...(process.getuid?.() === 0 ? [] : ['run it as root']),
    ...(missing.length === 0
      ? []
      : [`not installed: ${missing.join(', ')}; on Debian: apt-get install ${missing.join(' ')}`]),
  ]
  if (reasons.length === 0) return false
  process.stderr.write(`NO IMAGE IS BUILT. ${reasons.join('; ')}\n`)
  return reasons.join('; ')
}

function isInstalled(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

export interface ContainerPrograms {
  /** For files, removed after the test. */
  readonly folder: string
  /** Runs Buildah or Podman to its end, in the checkout; returns its output. Throws with what it wrote to stderr. */
  readonly call: (program: 'buildah' | 'podman', ...args: string[]) => Promise<string>
  /** Starts Podman in the foreground. */
  readonly startPodman: (t: Finishing, args: readonly string[]) => Started
}

/** Opens a store of images. */
export async function openImages(t: Finishing): Promise<ContainerPrograms> {
  // Not in /tmp, which can be in memory: images are large.
  const folder = await mkdtemp('/var/tmp/epistle-image-')
  const options = ['--root', join(folder, 'storage'), '--runroot', join(folder, 'run')]
  const ofPodman = [...options, '--runtime', 'runc', '--cgroup-manager', 'cgroupfs']
  const call: ContainerPrograms['call'] = async (program, ...args) => {
    const own = program === 'podman' ? ofPodman : options
    const settings = { cwd: checkout, maxBuffer: 2 ** 26 }
    return (await promisify(execFile)(program, [...own, ...args], settings)).stdout
  }
  t.teardown(async () => {
    await call('podman', 'rm', '--all', '--force', '--time', '0').catch(() => undefined)
    await rm(folder, { recursive: true, force: true })
  })
  const startPodman: ContainerPrograms['startPodman'] = (t, args) =>
    start(t, ['podman', ...ofPodman, ...args])
  return { folder, call, startPodman }
}
