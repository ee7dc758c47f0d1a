// Percentiles and medians of samples, and the format of numbers.

/** The smallest value that is at least as large as `percent` % of the values; NaN without values. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN
}

export function median(values: readonly number[]): number {
  return percentile(values, 50)
}

/** Two significant digits, or whole numbers from 100 on: a shared machine allows no more precision. */
export function figures(value: number): string {
  if (!Number.isFinite(value)) return '–'
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en')
  return Number(value.toPrecision(2)).toString()
}

/** Rounds to the nearest hundred, with thousands separators. */
export function hundreds(value: number): string {
  return (Math.round(value / 100) * 100).toLocaleString('en')
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
