// The names of devices in the chat's list of sessions.
import t from 'tap'
import { deviceOf } from '../../../src/web/chat/browser/devices.ts'

const gecko = 'AppleWebKit/537.36 (KHTML, like Gecko)'

for (const [device, userAgent] of [
  ['Chrome on Linux', `Mozilla/5.0 (X11; Linux x86_64) ${gecko} Chrome/143.0.0.0 Safari/537.36`],
  [
    'Edge on Windows',
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${gecko} Chrome/143.0.0.0 Safari/537.36 Edg/143.0.0.0`,
  ],
  [
    'Chrome on Android',
    `Mozilla/5.0 (Linux; Android 10; K) ${gecko} Chrome/143.0.0.0 Mobile Safari/537.36`,
  ],
  [
    'Firefox on macOS',
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:145.0) Gecko Firefox/145.0',
  ],
  [
    'Safari on iPhone',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 Version/26.0 Mobile Safari/604.1',
  ],
  ['curl/8.5.0', 'curl/8.5.0'],
  ['Unknown device', null],
] as const) {
  t.test(`A session of ${device} is listed by this name`, async (t) => {
    t.equal(deviceOf(userAgent), device)
  })
}
