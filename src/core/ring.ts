/** A first-in first-out queue in a circular array that grows as needed. */
export class Ring<T> {
  #items: (T | undefined)[] = new Array<T | undefined>(SMALLEST)
  #mask = SMALLEST - 1
  #head = 0
  #length = 0

  get length(): number {
    return this.#length
  }

  push(item: T): void {
    if (this.#length > this.#mask) this.#grow()
    this.#items[(this.#head + this.#length++) & this.#mask] = item
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined
    const item = this.#items[this.#head]
    this.#items[this.#head] = undefined
    this.#head = (this.#head + 1) & this.#mask
    this.#length--
    return item
  }

  peek(): T | undefined {
    return this.#items[this.#head]
  }

  /** Replaces the last item. The queue must not be empty. */
  updateLast(update: (item: T) => T): void {
    const last = (this.#head + this.#length - 1) & this.#mask
    this.#items[last] = update(this.#items[last]!)
  }

  forEach(action: (item: T) => void): void {
    for (let index = 0; index < this.#length; index++) action(this.#items[(this.#head + index) & this.#mask]!)
  }

  clear(): void {
    this.#items = new Array<T | undefined>(SMALLEST)
    this.#mask = SMALLEST - 1
    this.#head = this.#length = 0
  }

  #grow(): void {
    const items = new Array<T | undefined>(this.#items.length * 2)
    for (let index = 0; index < this.#length; index++) items[index] = this.#items[(this.#head + index) & this.#mask]
    this.#items = items
    this.#mask = items.length - 1
    this.#head = 0
  }
}

/** Initial capacity, which must be a power of two. It is small because idle sockets have several rings each. */
const SMALLEST = 8
