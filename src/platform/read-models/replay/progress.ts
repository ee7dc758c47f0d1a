/**
 * Progress of a long replay: how far it is, how fast, and how many seconds are left.
 *
 * Shows a bar that redraws itself on a terminal, and a line every few seconds anywhere else.
 */

/** Receives updates before the first batch and after each batch. */
export interface Progress {
  /** `done` of `total` positions, including those of earlier runs; this run projected `events`. */
  update(done: number, total: number, events: number): void
  /** Ends the bar. */
  end(): void
}

/** The stream that progress is written to. */
interface Terminal {
  readonly isTTY?: boolean
  write(text: string): unknown
}

const lineEveryMs = 3_000
const barEveryMs = 100
const barWidth = 24

/** Progress that is shown nowhere. */
export const silent: Progress = { update: () => undefined, end: () => undefined }

/** Progress of building one table, written to a terminal or a log. */
export function showProgress(label: string, out: Terminal = process.stderr): Progress {
  const started = Date.now()
  let shown = started
  let last = ''
  let begun: number | undefined
  return {
    update(done, total, events) {
      const now = Date.now()
      begun ??= done // the speed of this run is measured from where it began
      last = describe(label, { begun, done, total, events, seconds: (now - started) / 1000 })
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
  readonly begun: number
  readonly done: number
  readonly total: number
  readonly events: number
  readonly seconds: number
}

function describe(label: string, measured: Measured): string {
  const { begun, done, total, events, seconds } = measured
  const share = total === 0 ? 1 : Math.min(1, done / total)
  const filled = Math.round(share * barWidth)
  const bar = '#'.repeat(filled) + '.'.repeat(barWidth - filled)
  const rate = seconds > 0 ? Math.round(events / seconds) : 0
  const percent = `${Math.floor(share * 100)}%`.padStart(4)
  const left = Math.max(0, total - done) * (seconds / (done - begun))
  const rest = done > begun ? `, ${Math.ceil(left)} s left` : ''
  return `${label} [${bar}] ${percent}  ${rate.toLocaleString('en')} events/s${rest}`
}
