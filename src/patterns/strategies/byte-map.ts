/** Keys that differ from the first one in their low bits alone have their values in an array. */
const NEAR = 32

/**
 * Values by a byte each. Digits are near each other, and so are small letters and capital ones: these are found in half
 * the time that a `Map` takes. The others are in one, so that no few keys take much memory.
 */
export class ByteMap<T> {
  #size = 0
  /** The first key that there was. */
  #base = 0
  /** By what keys have other than `#base`. */
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

  /** In the order of their bytes. */
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
