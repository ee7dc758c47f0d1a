// Targets of webhooks: no address of the machine or its networks is reached, however it is written or resolved.
import { once } from 'node:events'
import { createServer } from 'node:net'
import t from 'tap'
import { post } from '../../../src/platform/webhooks/post.ts'
import { parseTarget } from '../../../src/platform/webhooks/target.ts'

const refused = [
  '127.0.0.1',
  '127.8.8.8',
  '2130706433',
  '0x7f.1',
  '0177.0.0.1',
  '10.0.0.7',
  '172.16.3.4',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '0.0.0.0',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '[::1]',
  '[::]',
  '[fe80::1]',
  '[fc00::1]',
  '[fd12:3456::1]',
  '[ff02::1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:10.0.0.1]',
  '[::ffff:a9fe:a9fe]',
  '[::127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[2002:7f00:1::]',
  '[2001:0:7f00:1::]',
]

t.test('Addresses that are not public are refused, in every notation', (t) => {
  for (const host of refused) {
    t.throws(() => parseTarget(`https://${host}/hook`, false), { name: 'TargetError' }, host)
  }
  for (const host of ['93.184.216.34', '[2606:2800:220:1:248:1893:25c8:1946]', 'hooks.example']) {
    t.equal(parseTarget(`https://${host}/hook`, false).pathname, '/hook', host)
  }
  t.end()
})

t.test('Only https is accepted, without a login', (t) => {
  for (const url of [
    'http://hooks.example/',
    'ftp://hooks.example/',
    'https://ada:sesame@hooks.example/',
    'https://hooks.example/#part',
    'hooks.example',
  ]) {
    t.throws(() => parseTarget(url, true), { name: 'TargetError' }, url)
  }
  t.end()
})

t.test('The setting for development permits loopback addresses, and no others', (t) => {
  for (const host of ['127.0.0.1:8080', 'localhost', '[::1]']) {
    t.ok(parseTarget(`http://${host}/`, true), host)
  }
  for (const host of ['10.0.0.7', '169.254.169.254', '[fe80::1]', '[::ffff:10.0.0.1]']) {
    t.throws(() => parseTarget(`http://${host}/`, true), { name: 'TargetError' }, host)
  }
  t.end()
})

t.test('A name that resolves to this machine is refused before a connection opens', async (t) => {
  let connections = 0
  const server = createServer(() => {
    connections += 1
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as { port: number }
  const options = { allowLoopback: false, timeoutMs: 5_000, signal: new AbortController().signal }
  const delivery = { url: `https://localhost:${port}/`, headers: {}, body: '{}' }
  await t.rejects(post(delivery, options), { name: 'TargetError', message: /public address/ })
  t.equal(connections, 0)
})
