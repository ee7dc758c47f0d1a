// The container image: built of the Dockerfile by Buildah, and run by Podman as the compose file runs it. `npm run soak
// -- image`, some minutes, as root. Skipped with a sentence where the programs are missing, and the containers also
// where Podman cannot run one.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { freshDatabase } from '../support/database.ts'
import { freePort } from '../support/free-port.ts'
import { buildImage } from '../support/image/built-image.ts'
import {
  type ContainerPrograms,
  openImages,
  whyWithoutImages,
} from '../support/image/container-programs.ts'
import { until } from '../support/until.ts'

const skip = whyWithoutImages()

/** As the compose file: without rights, and nothing can be written but the volume of the ledger. */
const confined = ['--read-only', '--cap-drop=all', '--security-opt=no-new-privileges']

/**
 * Podman's own limits are above those of many machines, and raising one needs a right. Its health checks need systemd,
 * so the test runs the command of the check itself.
 */
const onThisMachine = [
  ...['--network=host', '--ulimit=nofile=16384:16384', '--ulimit=nproc=4096:4096'],
  '--no-healthcheck',
]

/** Why Podman can run no container here; false where it can. */
async function whyWithoutContainers({ call }: ContainerPrograms): Promise<string | false> {
  const probe = ['run', '--rm', ...onThisMachine, ...confined, 'epistle', 'node', '--version']
  const failure = await call('podman', ...probe).then(
    () => undefined,
    (error: Error) => error.message,
  )
  if (failure === undefined) return false
  process.stderr.write(`NO CONTAINER IS RUN. Podman fails here: ${failure}\n`)
  return failure
}

/** Runs the image on one database, with a volume for the ledger. */
function containers(images: ContainerPrograms, databaseUrl: string) {
  const start = (t: Test, name: string, settings: Record<string, string>, ...command: string[]) => {
    const env = Object.entries({ DATABASE_URL: databaseUrl, ...settings })
    const options = env.flatMap(([key, value]) => ['--env', `${key}=${value}`])
    const volume = '--volume=ledger:/var/lib/epistle'
    const own = [`--name=${name}`, volume, ...onThisMachine, ...confined, ...options]
    return images.startPodman(t, ['run', ...own, 'epistle', ...command])
  }
  return {
    start,
    /** Runs a command of Epistle to its end. */
    run: async (t: Test, name: string, ...args: string[]) => {
      const started = start(t, name, {}, 'node', 'src/main.ts', ...args)
      t.equal(await started.ended, 0, `${name}: ${started.stderr()}`)
    },
  }
}

/** Serves and works beside each other. */
async function startBoth(t: Test, { start }: ReturnType<typeof containers>) {
  const [port, admin, adminOfWorker] = [await freePort(), await freePort(), await freePort()]
  const own = { PORT: `${port}`, ADMIN_PORT: `${admin}`, WEB_CHAT: 'on' }
  // The image's own command.
  const server = start(t, 'server', own)
  const ofWorker = { ADMIN_PORT: `${adminOfWorker}`, MAIL_OUTBOX: '/var/lib/epistle/outbox' }
  const worker = start(t, 'worker', ofWorker, 'node', 'src/main.ts', 'work')
  const isReady = async (port: number) => {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
    return response?.status === 200
  }
  const areReady = async () => (await isReady(port)) && isReady(adminOfWorker)
  await until('both are ready', areReady, 60).catch((cause) => {
    const output = [server, worker].map((one) => one.stdout() + one.stderr())
    throw new Error(`not ready:\n${output.join('\n')}`, { cause })
  })
  return { base: `http://127.0.0.1:${port}`, admin: `http://127.0.0.1:${admin}`, server, worker }
}

t.test('The image is built, and its containers run without rights', { skip }, async (t) => {
  const images = await openImages(t)
  await buildImage(images)
  const [{ Config, Healthcheck }] = await inspect(images)
  t.match(Config, { User: 'node', Cmd: ['node', 'src/main.ts', 'serve'], StopSignal: 'SIGTERM' })
  t.match(Healthcheck?.Test.join(' '), /^CMD node -e fetch\(.*\/livez/)
  const why = await whyWithoutContainers(images)
  await t.test('They install, serve, work and erase, and stop with code 0', { skip: why }, (t) =>
    runContainers(t, images),
  )
})

async function runContainers(t: Test, images: ContainerPrograms): Promise<void> {
  const all = containers(images, await freshDatabase(t))
  await all.run(t, 'install', 'install')
  const { base, admin, server, worker } = await startBoth(t, all)
  const chat = await fetch(base, { headers: { accept: 'text/html' } })
  t.match(await chat.text(), '<!doctype html>', 'the chat')
  t.match(await (await fetch(`${admin}/console`)).text(), '<!doctype html>', 'the console')
  const ada = { email: 'ada@example.org', username: 'ada', password: 'a few unrelated words' }
  const headers = { 'Content-Type': 'application/json' }
  const body = JSON.stringify(ada)
  const registered = await fetch(`${base}/users`, { method: 'POST', headers, body })
  t.equal(registered.status, 201)
  const { id } = (await registered.json()) as { id: string }
  const [{ Healthcheck }] = await inspect(images)
  await images.call('podman', 'exec', 'server', ...Healthcheck.Test.slice(1))
  await all.run(t, 'forget', 'forget', ada.email, '--ledger', '/var/lib/epistle/erasures.jsonl')
  const [{ Mountpoint }] = JSON.parse(await images.call('podman', 'volume', 'inspect', 'ledger'))
  t.match(await readFile(join(Mountpoint, 'erasures.jsonl'), 'utf8'), id)
  const writing = images.call('podman', 'exec', 'server', 'touch', '/app/file')
  await t.rejects(writing, { message: /Read-only file system/ })
  await images.call('podman', 'stop', '--time', '15', 'server', 'worker')
  t.strictSame([await server.ended, await worker.ended], [0, 0])
}

async function inspect({ call }: ContainerPrograms) {
  return JSON.parse(await call('podman', 'image', 'inspect', 'epistle'))
}
