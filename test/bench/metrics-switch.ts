// A switch for the metrics of a server: while it is off, no metric reads the facts that the server reports of itself, as
// in a process without an admin port. The rest of the process stays as it is.
import { Measurement } from '../../src/platform/metrics/measurements.ts'

interface Switch {
  on(): void
  off(): void
}

/** Remembers each reader of facts from now on. They read until the switch is off. */
export function switchReaders(): Switch {
  const starts: (() => () => void)[] = []
  let stops: (() => void)[] = []
  const { read } = Measurement.prototype
  Measurement.prototype.read = function <Fact extends object>(
    this: Measurement<Fact>,
    take: (fact: Fact) => void,
  ) {
    const start = () => read.call(this, take as (fact: object) => void)
    starts.push(start)
    const stop = start()
    stops.push(stop)
    return stop
  }
  return {
    on: () => {
      stops = starts.map((start) => start())
    },
    off: () => {
      for (const stop of stops.splice(0)) stop()
    },
  }
}
