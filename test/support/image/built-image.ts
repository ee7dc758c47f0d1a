// The image of the Dockerfile. Its base, `node:<version>-slim` of a registry, is replaced by one of the same name that
// is made here: packages of Debian by mmdebstrap, the Node that runs the test, and npm of this machine.
import { execFile } from 'node:child_process'
import { cp, mkdir, realpath, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { readDocument } from '../markdown.ts'
import type { ContainerPrograms } from './container-programs.ts'

const run = promisify(execFile)

/** What the base image has for our Dockerfile: Node, npm and a user `node`. npm reads the packages of its cache first. */
const containerfile = (registry: string) => `FROM scratch
ADD debian.tar /
COPY node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && useradd --uid 1000 --create-home node
ENV npm_config_cache=/npm-cache npm_config_prefer_offline=true npm_config_registry=${registry}
`

/** Builds the image `epistle`, and its base before it. */
export async function buildImage({ folder, call }: ContainerPrograms): Promise<void> {
  const [, base = ''] = /^FROM (\S+)/m.exec(await readDocument('Dockerfile')) ?? []
  if (base !== `node:${process.versions.node}-slim`) {
    throw new Error(`the image has ${base}, and this is Node ${process.versions.node}`)
  }
  // npm sets it for its scripts: npm/bin/npm-cli.js.
  const npmProgram = await realpath(process.env.npm_execpath ?? '')
  const npm = async (...args: string[]) => (await run('npm', args)).stdout.trim()
  const context = join(folder, 'base')
  await mkdir(context)
  const packages = '--include=ca-certificates,libstdc++6'
  await run('mmdebstrap', ['--variant=minbase', packages, 'bookworm', join(context, 'debian.tar')])
  await cp(process.execPath, join(context, 'node'))
  await cp(join(dirname(npmProgram), '..'), join(context, 'npm'), { recursive: true })
  const registry = await npm('config', 'get', 'registry')
  await writeFile(join(context, 'Containerfile'), containerfile(registry))
  // Docker's format, because the other one has no HEALTHCHECK.
  const build = ['build', '--isolation', 'chroot', '--format', 'docker', '--network', 'host']
  await call('buildah', ...build, '--tag', `docker.io/library/${base}`, context)
  const cache = `${await npm('config', 'get', 'cache')}:/npm-cache`
  await call('buildah', ...build, '--pull-never', '--volume', cache, '--tag', 'epistle', '.')
}
