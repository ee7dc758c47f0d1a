import t from 'tap'
import { networkOf, siteOf } from '../../../src/platform/rate-limits/client-network.ts'

t.test('the network of an IPv4 address is the address, in any spelling', (t) => {
  for (const address of ['192.0.2.7', '::ffff:192.0.2.7', '::FFFF:c000:207', '192.0.2.7:4711']) {
    t.equal(networkOf(address), '192.0.2.7', address)
  }
  t.not(networkOf('192.0.2.8'), networkOf('192.0.2.7'))
  t.end()
})

t.test('the network of an IPv6 address is its /64, in any spelling', (t) => {
  for (const address of [
    '2001:db8:0:7::1',
    '2001:DB8::7:0:0:0:1',
    '2001:0db8:0000:0007:ffff:ffff:ffff:ffff',
    '2001:db8:0:7:1:2:192.0.2.1',
    '[2001:db8:0:7::2]:443',
    '[2001:db8:0:7::2]',
  ]) {
    t.equal(networkOf(address), '2001:db8:0:7::/64', address)
  }
  t.equal(networkOf('fe80::1%eth0'), 'fe80:0:0:0::/64')
  t.equal(networkOf('::1'), '0:0:0:0::/64')
  t.equal(networkOf('::'), '0:0:0:0::/64')
  t.not(networkOf('2001:db8:0:8::1'), networkOf('2001:db8:0:7::1'))
  t.end()
})

t.test('a text that is no address has no network', (t) => {
  for (const text of [
    '',
    'unknown',
    '_hidden',
    '192.0.2',
    '192.0.2.256',
    '1::2::3',
    '[::1',
    'a:1',
  ]) {
    t.equal(networkOf(text), undefined, text)
  }
  t.end()
})

t.test('a site is the /24 or the /48 around a network', (t) => {
  const siteAt = (address: string) => siteOf(networkOf(address) ?? '')
  t.equal(siteAt('192.0.2.77'), '192.0.2.0/24')
  t.equal(siteAt('::ffff:192.0.2.1'), '192.0.2.0/24')
  t.equal(siteAt('2001:db8:5:7::1'), '2001:db8:5::/48')
  t.equal(siteAt('2001:db8:5:8::2'), '2001:db8:5::/48')
  t.equal(siteAt('2001:db8::1'), '2001:db8:0::/48')
  t.equal(siteOf('unknown'), 'unknown')
  t.end()
})
