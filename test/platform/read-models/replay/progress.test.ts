// The progress of a build as a person sees it: a bar that redraws itself on a terminal, else a line now
// and then.
import { mock } from 'node:test'
import t from 'tap'
import { showProgress } from '../../../../src/platform/read-models/replay/progress.ts'

/** The output during 100 batches of 1000 events, one each 100 ms, of a build that begins at `begun`. */
function written(isTTY: boolean, begun = 0): string[] {
  const out: string[] = []
  mock.timers.enable({ apis: ['Date'] })
  try {
    const progress = showProgress('users_2', { isTTY, write: (text) => out.push(text) })
    const total = begun + 200_000
    progress.update(begun, total, 0)
    for (let n = 1; n <= 100; n++) {
      mock.timers.tick(100)
      progress.update(begun + n * 2000, total, n * 1000)
    }
    progress.end()
  } finally {
    mock.timers.reset()
  }
  return out
}

t.test('The progress on a terminal is a bar that grows in its place', async (t) => {
  const out = written(true)
  t.ok(out.length > 90)
  t.ok(out.every((text) => text.startsWith('\r\u001b[K')))
  t.match(out[24], /^\r\S+users_2 \[#{6}\.{18}\] {2}25% {2}10,000 events\/s, 8 s left$/)
  t.match(out.at(-1), /\[#{24}\] 100% .*\n$/, 'the full bar stays')
  t.ok(out.slice(0, -1).every((text) => !text.includes('\n')))
})

t.test('The remaining time of a resumed build depends on its own speed alone', async (t) => {
  const out = written(true, 200_000)
  t.match(out[24], / 62% {2}10,000 events\/s, 8 s left$/)
})

t.test('The progress without a terminal is a line every few seconds', async (t) => {
  const out = written(false)
  t.ok(out.length >= 2 && out.length <= 5, `${out.length} lines in 10 s`)
  t.ok(out.every((text) => /^users_2 \[[#.]{24}\] +\d+% .* events\/s, \d+ s left\n$/.test(text)))
  t.ok(out.every((text) => !text.includes('\r')))
})

t.test('The progress of a build over an empty log is 100%', async (t) => {
  const out: string[] = []
  const progress = showProgress('users_2', { isTTY: true, write: (text) => out.push(text) })
  progress.update(0, 0, 0)
  progress.end()
  t.match(out.at(-1), '100%')
})
