/**
 * Progress of something long over the log: how far, how fast, how much longer.
 *
 * A bar that redraws itself on a terminal, a line every few seconds anywhere else.
 */

/** Told after each batch. */
export interface Progress {
  /** `done` of `total` positions, of which `events` were projected since the start. */
  update(done: number, total: number, events: number): void
  /** Ends the bar or says the last line. */
  end(): void
}

/** Where progress is written to. */
interface Terminal {
  readonly isTTY?: boolean
  write(text: string): unknown
}

const lineEveryMs = 3_000
const barEveryMs = 100
const barWidth = 24

/** Progress nobody looks at. */
export const silent: Progress = { update: () => undefined, end: () => undefined }

/** Progress of building one table, written to a terminal or a log. */
export function showProgress(label: string, out: Terminal = process.stderr): Progress {
  const started = Date.now()
  let shown = started
  let last = ''
  return {
    update(done, total, events) {
      const now = Date.now()
      last = describe(label, { done, total, events, seconds: (now - started) / 1000 })
      if (now - shown < (out.isTTY ? barEveryMs : lineEveryMs)) return
      shown = now
      out.write(out.isTTY ? `\r\u001b[K${last}` : `${last}\n`)
    },
    end() {
      if (out.isTTY && last) out.write(`\r\u001b[K${last}\n`)
    },
  }
}

interface Measured {
  readonly done: number
  readonly total: number
  readonly events: number
  readonly seconds: number
}

function describe(label: string, { done, total, events, seconds }: Measured): string {
  const share = total === 0 ? 1 : Math.min(1, done / total)
  const filled = Math.round(share * barWidth)
  const bar = '#'.repeat(filled) + '.'.repeat(barWidth - filled)
  const rate = seconds > 0 ? Math.round(events / seconds) : 0
  const left = share > 0 ? Math.ceil((seconds / share) * (1 - share)) : undefined
  const percent = `${Math.floor(share * 100)}%`.padStart(4)
  const rest = left === undefined ? '' : `, ${left} s left`
  return `${label} [${bar}] ${percent}  ${rate.toLocaleString('en')} events/s${rest}`
}
