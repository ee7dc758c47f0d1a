import { Webhook } from 'standardwebhooks'
import t from 'tap'
import { newSecret, signedHeaders } from '../../../src/platform/webhooks/signature.ts'

t.test('A signature is that of the library of the authors of the specification', (t) => {
  const timestamp = 1_614_265_330
  const [id, body] = ['msg_p5jXN8AQM9LWM0D4loKWxJek', '{"text": "ä 漢"}']
  const secrets = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', newSecret()]
  const expected = secrets.map((each) =>
    new Webhook(each).sign(id, new Date(timestamp * 1000), body),
  )
  t.strictSame(signedHeaders(secrets, { id, timestamp, body }), {
    'webhook-id': id,
    'webhook-timestamp': '1614265330',
    'webhook-signature': expected.join(' '),
  })
  t.match(expected[0], /^v1,[\w+/]{43}=$/)
  t.end()
})

t.test('A new secret has 32 random bytes', (t) => {
  const secrets = [newSecret(), newSecret()]
  for (const secret of secrets) {
    t.match(secret, /^whsec_/)
    t.equal(Buffer.from(secret.slice(6), 'base64').length, 32)
  }
  t.not(secrets[0], secrets[1])
  t.end()
})
