/** Finds the cell that counts for certain label values, without joining them to a string. */

export type LabelValue = string | number

/** A value for each label name, in their order. */
export type LabelValues<Names extends readonly string[]> = {
  readonly [Name in keyof Names]: LabelValue
}

export class Cells<Cell> {
  readonly all: (readonly [values: readonly LabelValue[], cell: Cell])[] = []
  readonly #make: () => Cell
  /** By the first value, then by the second, and so on; without labels, the only cell. */
  #root: unknown

  constructor(make: () => Cell) {
    this.#make = make
  }

  /** Returns the cell of these label values, and adds it at the first call. Each call has the same number of values. */
  of(values: readonly LabelValue[]): Cell {
    let found = this.#root
    for (let n = 0; found !== undefined && n < values.length; n += 1) {
      found = (found as Map<LabelValue, unknown>).get(values[n] as LabelValue)
    }
    return found === undefined ? this.#add(values) : (found as Cell)
  }

  #add(values: readonly LabelValue[]): Cell {
    const cell = this.#make()
    this.all.push([values, cell])
    this.#root = values.length === 0 ? cell : (this.#root ?? new Map())
    let map = this.#root as Map<LabelValue, unknown>
    for (const [n, value] of values.entries()) {
      if (!map.has(value)) map.set(value, n === values.length - 1 ? cell : new Map())
      map = map.get(value) as Map<LabelValue, unknown>
    }
    return cell
  }
}

/** Returns the values by the names of their labels. */
export function labelsOf(
  names: readonly string[],
  values: readonly LabelValue[],
): Record<string, LabelValue> {
  return Object.fromEntries(names.map((name, n) => [name, values[n] as LabelValue]))
}
