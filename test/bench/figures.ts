// Numbers from samples: percentiles, medians, and how they are written.

/** The smallest value that so many percent of the values do not exceed; NaN of none. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN
}

export function median(values: readonly number[]): number {
  return percentile(values, 50)
}

/** Three figures are all that a measurement on a shared machine is worth. */
export function figures(value: number): string {
  if (!Number.isFinite(value)) return '–'
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en')
  return Number(value.toPrecision(2)).toString()
}

/** To the nearest hundred, with separators. */
export function hundreds(value: number): string {
  return (Math.round(value / 100) * 100).toLocaleString('en')
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
