// The manifests of deploy/kubernetes, parsed only: no cluster has run them here. What they name exists, in each other
// and in Epistle: settings, commands, ports, labels, secrets and volumes.
import { readdir } from 'node:fs/promises'
import t from 'tap'
import { parseAllDocuments } from 'yaml'
import { variables } from '../../src/config.ts'
import { readHelp } from '../support/command-help.ts'
import { readDocument } from '../support/markdown.ts'

// biome-ignore lint/suspicious/noExplicitAny: a manifest of any kind
type Manifest = any

const folder = 'deploy/kubernetes'
const files = (await readdir(folder)).filter((name) => name.endsWith('.yaml'))

async function parse(file: string): Promise<Manifest[]> {
  return parseAllDocuments(await readDocument(`${folder}/${file}`)).map((document) => {
    for (const problem of [...document.errors, ...document.warnings]) throw problem
    return document.toJS()
  })
}

const [kustomization] = await parse('kustomization.yaml')
const others = files.filter((file) => file !== 'kustomization.yaml')
const all = (await Promise.all(others.map(parse))).flat()
const ofKind = (kind: string): Manifest[] => all.filter((manifest) => manifest.kind === kind)
/** The template of the pods of each workload. */
const pods: { name: string; template: Manifest }[] = all.flatMap(({ metadata, spec }) => {
  const template = spec?.jobTemplate?.spec.template ?? spec?.template
  return template ? [{ name: metadata.name, template }] : []
})

/** The secrets of each command. Only workers have a ledger, so no server has the rights to erase users. */
const secretsOf: Readonly<Record<string, readonly string[]>> = {
  install: ['epistle-owner'],
  verify: ['epistle-owner'],
  serve: ['epistle'],
  work: ['epistle', 'epistle-admin'],
}

const shape = { apiVersion: /^\S+$/, kind: /^[A-Z]\w+$/, metadata: { name: /^[a-z-]+$/ } }

t.test('The kustomization lists every file, and each manifest has a kind and a name', async (t) => {
  t.strictSame([...kustomization.resources].sort(), [...others].sort())
  for (const { apiVersion, kind, metadata } of all) t.match({ apiVersion, kind, metadata }, shape)
  const names = all.map(({ kind, metadata }) => `${kind} ${metadata.name}`)
  t.equal(new Set(names).size, names.length)
  t.strictSame(pods.map(({ name }) => name).sort(), [
    'epistle-install',
    'epistle-serve',
    'epistle-verify',
    'epistle-work',
  ])
})

t.test('Pods run as an ordinary user, without rights, on a read-only file system', async (t) => {
  for (const { name, template } of pods) {
    const { securityContext, containers, automountServiceAccountToken } = template.spec
    t.equal(automountServiceAccountToken, false, name)
    t.match(securityContext, { runAsNonRoot: true, runAsUser: 1000 }, name)
    t.match(containers, [
      {
        image: 'epistle',
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
      },
    ])
  }
})

t.test('Pods run commands of Epistle, with settings that exist', async (t) => {
  const help = await readHelp()
  const [settings] = ofKind('ConfigMap')
  for (const name of Object.keys(settings.data)) t.ok(variables.includes(name), name)
  for (const value of Object.values(settings.data)) t.type(value, 'string')
  for (const { template } of pods) {
    const [{ command, envFrom }] = template.spec.containers
    t.strictSame(command.slice(0, 2), ['node', 'src/main.ts'])
    t.ok(help.get(command[2]), command[2])
    const secrets = envFrom.flatMap(({ secretRef }: Manifest) => secretRef?.name ?? [])
    t.strictSame(secrets, secretsOf[command[2]])
    const maps = envFrom.flatMap(({ configMapRef }: Manifest) => configMapRef?.name ?? [])
    t.ok(maps.every((map: string) => map === settings.metadata.name))
  }
})

t.test('Probes ask ports and paths that exist, and pods get enough time to stop', async (t) => {
  const [settings] = ofKind('ConfigMap')
  const { PORT, ADMIN_PORT } = settings.data
  const [, seconds] = /^SHUTDOWN_SECONDS=(\d+)/m.exec(await readDocument('.env.example')) ?? []
  for (const { metadata, spec } of ofKind('Deployment')) {
    const { terminationGracePeriodSeconds: grace, containers } = spec.template.spec
    const [{ ports, readinessProbe, livenessProbe, startupProbe, lifecycle }] = containers
    const numbers = new Map(ports.map(({ name, containerPort }: Manifest) => [name, containerPort]))
    t.match(Object.fromEntries(numbers), { admin: Number(ADMIN_PORT) })
    if (numbers.has('http')) t.equal(numbers.get('http'), Number(PORT))
    t.equal(readinessProbe.httpGet.path, '/readyz')
    t.equal(livenessProbe.httpGet.path, '/livez')
    for (const { httpGet } of [readinessProbe, livenessProbe, startupProbe]) {
      t.ok(numbers.has(httpGet.port), `${metadata.name}: ${httpGet.port}`)
    }
    const pause = Number(lifecycle?.preStop.exec.command[1] ?? 0)
    t.ok(grace > Number(seconds) + pause, `${metadata.name}: ${grace} s`)
  }
})

t.test('Selectors match the labels of pods, and no service reaches an admin port', async (t) => {
  const labels: Manifest[] = pods.map(({ template }) => template.metadata.labels)
  const matches = (selector: Record<string, string>) =>
    labels.some((own) => Object.entries(selector).every(([key, value]) => own[key] === value))
  for (const { spec } of ofKind('Deployment')) {
    t.strictSame(spec.selector.matchLabels, spec.template.metadata.labels)
  }
  for (const { spec } of ofKind('PodDisruptionBudget')) t.ok(matches(spec.selector.matchLabels))
  for (const { spec } of ofKind('NetworkPolicy')) t.ok(matches(spec.podSelector.matchLabels))
  const [service] = ofKind('Service')
  t.ok(matches(service.spec.selector))
  t.strictSame(
    service.spec.ports.map(({ targetPort }: Manifest) => targetPort),
    ['http'],
  )
  const [ingress] = ofKind('Ingress')
  const [{ backend }] = ingress.spec.rules[0].http.paths
  t.equal(backend.service.name, service.metadata.name)
})

t.test('The workers keep the ledger of erasures on a volume that exists', async (t) => {
  const [work] = ofKind('Deployment').filter(({ metadata }) => metadata.name === 'epistle-work')
  const [settings] = ofKind('ConfigMap')
  const { containers, volumes } = work.spec.template.spec
  const [{ mountPath }] = containers[0].volumeMounts
  t.ok(settings.data.FORGET_LEDGER.startsWith(`${mountPath}/`))
  const claims = ofKind('PersistentVolumeClaim').map(({ metadata }) => metadata.name)
  t.ok(claims.includes(volumes[0].persistentVolumeClaim.claimName))
})
