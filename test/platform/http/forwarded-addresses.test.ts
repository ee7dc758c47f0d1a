// Which address a rate limit counts for: the forwarded one behind a trusted proxy, and otherwise the peer's.
import { Socket } from 'node:net'
import t from 'tap'
import { clientOf } from '../../../src/platform/http/rate-limiting.ts'
import { policies } from '../../../src/platform/rate-limits/policies.ts'
import { served } from '../../support/http/served.ts'
import { clientNumber } from '../../support/limit-servers.ts'

const { points } = policies.registration.client

/** A server on which registrations are counted but fail, so that no password is hashed. */
async function registering(env: Record<string, string>) {
  const { send, lines } = await served(t, { RATE_LIMITS: 'on', ...env })
  const register = async (forwardedFor: string, n: number) => {
    const body = { email: `h${n}@example.org`, username: `henry${n}`, password: 'password' }
    const headers = { 'x-forwarded-for': forwardedFor }
    return (await send('/users', { method: 'POST', headers, body: JSON.stringify(body) })).status
  }
  return { register, lines }
}

t.test('X-Forwarded-For is ignored without a trusted proxy', async (t) => {
  const { register, lines } = await registering({})
  for (let n = 0; n < points; n += 1) t.equal(await register(clientNumber(n), n), 422)
  t.equal(await register(clientNumber(points), points), 429)
  const warnings = lines.filter((line) => line.includes('TRUST_PROXY is not set'))
  t.equal(warnings.length, 1, 'one warning is logged')
})

t.test('A forwarded value that is not an address counts for the proxy', async (t) => {
  const { register } = await registering({ TRUST_PROXY: '127.0.0.1, ::1' })
  for (let n = 0; n < points; n += 1) t.equal(await register(`unknown-${n}`, n), 422)
  t.equal(await register('unknown', points), 429)
})

t.test(
  'Requests of several clients over one connection of a proxy count for each of them',
  async (t) => {
    const socket = new Socket()
    const clients = ['::ffff:192.0.2.1', '::ffff:192.0.2.1', '2001:db8::1', '192.0.2.1'].map((ip) =>
      clientOf({ ip, socket }),
    )
    t.strictSame(clients, ['192.0.2.1', '192.0.2.1', '2001:db8:0:0::/64', '192.0.2.1'])
  },
)
