/**
 * `epistle webhook`: the endpoints that get every event by HTTP. Only `add` and `rotate` print a secret, once.
 */

import type { ClientBase } from 'pg'
import { type Config, loadConfig } from '../config.ts'
import {
  addEndpoint,
  disableEndpoint,
  type Endpoint,
  enableEndpoint,
  listEndpoints,
  removeEndpoint,
  replayEndpoint,
  requireEndpoint,
  requireEndpoints,
  requireReached,
  rotateSecret,
} from '../platform/webhooks/endpoints.ts'
import { parseTarget } from '../platform/webhooks/target.ts'
import { feedReader } from '../published-events.ts'
import { actorOf, actorOption } from './actor.ts'
import { type Begin, withAct } from './maintenance.ts'
import { type Options, print, say, UsageError, type Verb, wholeNumber } from './verb.ts'

const defaultHours = 24

/** An action: its number of arguments, its options, and what it does. */
interface Action {
  readonly args: readonly string[]
  readonly options: readonly string[]
  /**
   * Checks what was typed. Returns what carries it out, which returns a sentence or a document. The act is recorded in
   * between, so the audit list has no name that names nothing.
   */
  check(
    client: ClientBase,
    args: readonly string[],
    options: Options,
    config: Config,
  ): Promise<() => Promise<string>>
}

const actions: Readonly<Record<string, Action>> = {
  list: {
    args: [],
    options: ['json'],
    check:
      async (client, _args, { json }) =>
      async () => {
        const webhooks = await listEndpoints(client)
        if (json) return JSON.stringify({ webhooks }, null, 2)
        return webhooks.length > 0 ? webhooks.map(describe).join('\n') : 'there is no webhook'
      },
  },
  add: {
    args: ['<name>', '<url>'],
    options: ['types', 'personal', 'after'],
    check: async (client, [name = '', target = ''], options, config) => {
      const { href: url } = parseTarget(target, config.webhookLoopback)
      const endpoint = { name: nameOf(name), url, types: typesOf(options) }
      const personal = options.personal === true
      const after = positionOf(options)
      await requireReached(client, after)
      return async () => keep(await addEndpoint(client, { ...endpoint, personal, after }))
    },
  },
  rotate: {
    args: ['<name>'],
    options: ['hours'],
    check: async (client, [name = ''], options) => {
      const hours = wholeNumber(options, 'hours') ?? defaultHours
      await requireEndpoint(client, name)
      return async () => {
        say(`for ${hours} hours, deliveries are signed with the earlier secret, too`)
        return keep(await rotateSecret(client, name, hours))
      }
    },
  },
  enable: act(enableEndpoint, 'is enabled'),
  disable: act(disableEndpoint, 'is disabled, and keeps its position'),
  remove: act(removeEndpoint, 'is removed'),
  replay: {
    args: ['<name>'],
    options: ['after'],
    check: async (client, [name = ''], options) => {
      const after = positionOf(options)
      if (after === undefined)
        throw new UsageError('epistle webhook replay needs --after <position>')
      await requireEndpoint(client, name)
      await requireReached(client, after)
      return async () => {
        await replayEndpoint(client, name, after)
        return `${name} gets the events after position ${after}`
      }
    },
  },
}

export const webhookVerb: Verb = {
  summary: 'manage the endpoints that get every event by HTTP',
  help: `Usage: epistle webhook [list] [--json]
       epistle webhook add <name> <url> [--types <type>,…] [--personal] [--after <position>] [--actor <name>]
       epistle webhook rotate <name> [--hours N] [--actor <name>]
       epistle webhook enable | disable | remove <name> [--actor <name>]
       epistle webhook replay <name> --after <position> [--actor <name>]

\`epistle work\` sends each event to each endpoint, in the order of the log, signed by Standard Webhooks.
add and rotate print the secret of the signatures; no other command shows it.

enable continues where the endpoint stopped, and tries a failing one at once. replay moves it to another
position. db/FEED.md describes the events, the signatures, and when deliveries are retried.

  --types <type>,…     only these types; without it, all
  --personal           with personal data
  --after <position>   begin after this position of the log, where 0 is its beginning; without it, add begins at
                       the end of the log
  --hours N            how long the earlier secret still signs, too (${defaultHours})
  --actor <name>       your name, for the audit list; the default is that of your user of the operating system
  --json               print one JSON document on stdout, and nothing else`,
  options: {
    types: { type: 'string' },
    personal: { type: 'boolean' },
    after: { type: 'string' },
    hours: { type: 'string' },
    json: { type: 'boolean' },
    ...actorOption,
  },
  takesArguments: true,
  async run(options, [name = 'list', ...args]) {
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined
    if (!action) {
      const names = Object.keys(actions).join(', ')
      throw new UsageError(`unknown action "${name}"; choose one of ${names}`)
    }
    if (args.length !== action.args.length) {
      const usage = [name, ...action.args].join(' ')
      throw new UsageError(`the usage is: epistle webhook ${usage}; --help explains the options`)
    }
    const own = name === 'list' ? action.options : [...action.options, 'actor']
    const other = Object.keys(options).find((option) => !own.includes(option))
    if (other) throw new UsageError(`epistle webhook ${name} has no option --${other}`)
    const config = loadConfig(process.env)
    const named = { actor: actorOf(options), act: `webhook_${name}`, subject: args[0] }
    const run = async (client: ClientBase, begin: Begin) => {
      await requireEndpoints(client)
      const carryOut = await action.check(client, args, options, config)
      if (name !== 'list') await begin(named)
      return { returned: await carryOut() }
    }
    print(await withAct(config, run))
  },
}

function act(run: (client: ClientBase, name: string) => Promise<void>, done: string): Action {
  return {
    args: ['<name>'],
    options: [],
    check: async (client, [name = '']) => {
      await requireEndpoint(client, name)
      return async () => {
        await run(client, name)
        return `${name} ${done}`
      }
    },
  }
}

/** On stdout alone, so that a script can store it. */
function keep(secret: string): string {
  say('keep this secret; the receiver verifies signatures with it')
  return secret
}

function nameOf(name: string): string {
  if (/^[a-z0-9][a-z0-9._-]{0,63}$/i.test(name)) return name
  throw new UsageError('a webhook has a name of 1 to 64 letters, digits, dots, hyphens or _')
}

function positionOf({ after }: Options): string | undefined {
  if (after === undefined) return undefined
  if (typeof after === 'string' && /^\d{1,18}$/.test(after)) return after
  throw new UsageError(`--after takes a position of the log, a whole number, not "${after}"`)
}

function typesOf({ types }: Options): readonly string[] | null {
  if (typeof types !== 'string') return null
  const chosen = [...new Set(types.split(','))]
  const unknown = chosen.find((type) => !feedReader.types.has(type))
  if (unknown === undefined) return chosen
  const all = [...feedReader.types].sort().join(', ')
  throw new UsageError(`unknown type "${unknown}"; choose from ${all}`)
}

function describe(endpoint: Endpoint): string {
  const { name, url, types, personal, position, behind, disabledAt, disabledBecause } = endpoint
  const scope = `${types?.join(', ') ?? 'all types'}${personal ? ', with personal data' : ''}`
  const lines = [`${name}  ${url}  ${scope}`, `    at position ${position}, ${behind} behind`]
  if (disabledAt) lines.push(`    disabled at ${disabledAt.toISOString()}: ${disabledBecause}`)
  const { retryAt, attempts, lastError } = endpoint
  if (retryAt) lines.push(`    ${attempts} failures, retried at ${retryAt.toISOString()}`)
  if (lastError) lines.push(`    ${lastError}`)
  return lines.join('\n')
}
