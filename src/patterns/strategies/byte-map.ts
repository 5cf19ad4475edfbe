/** Keys that differ from the first key only in their five low bits are stored in an array of this size. */
const NEAR = 32

/**
 * A map from bytes to values. Keys close to the first one are stored in an array, which halves the time of a `Map`
 * lookup. This covers digits, lowercase letters, and uppercase letters. Other keys are stored in a `Map`, so that a few
 * distant keys do not take much memory.
 */
export class ByteMap<T> {
  #size = 0
  /** The first key that was stored. */
  #base = 0
  /** Values by the bits in which their keys differ from `#base`. */
  #near: (T | undefined)[] = NOTHING
  #far: Map<number, T> | undefined = undefined

  get size(): number {
    return this.#size
  }

  get(byte: number): T | undefined {
    const index = byte ^ this.#base
    return index < NEAR ? this.#near[index] : this.#far?.get(byte)
  }

  set(byte: number, value: T): void {
    if (this.#size === 0) {
      this.#base = byte
      this.#near = []
    }
    if (this.get(byte) === undefined) this.#size++
    const index = byte ^ this.#base
    if (index < NEAR) this.#near[index] = value
    else (this.#far ??= new Map()).set(byte, value)
  }

  delete(byte: number): void {
    if (this.get(byte) === undefined) return
    const index = byte ^ this.#base
    if (index < NEAR) this.#near[index] = undefined
    else this.#far!.delete(byte)
    if (--this.#size === 0) this.#near = NOTHING
  }

  /** The values, in the order of their keys. */
  values(): T[] {
    const values: T[] = []
    for (let byte = 0; values.length < this.#size; byte++) {
      const value = this.get(byte)
      if (value !== undefined) values.push(value)
    }
    return values
  }
}

const NOTHING: never[] = []
