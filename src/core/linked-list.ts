/** The links of an item in a `LinkedList`. Only the list modifies them. */
export interface Linked<T extends Linked<T>> {
  list: LinkedList<T> | undefined
  previous: T | undefined
  next: T | undefined
}

/** A FIFO queue that can remove any item in constant time. An item can be in only one list. */
export class LinkedList<T extends Linked<T>> {
  #first: T | undefined
  #last: T | undefined
  #length = 0

  get length(): number {
    return this.#length
  }

  get first(): T | undefined {
    return this.#first
  }

  push(item: T): void {
    item.list = this
    item.previous = this.#last
    if (this.#last === undefined) this.#first = item
    else this.#last.next = item
    this.#last = item
    this.#length++
  }

  /** Adds `item` at the front. */
  unshift(item: T): void {
    item.list = this
    item.next = this.#first
    if (this.#first === undefined) this.#last = item
    else this.#first.previous = item
    this.#first = item
    this.#length++
  }

  shift(): T | undefined {
    const first = this.#first
    if (first !== undefined) this.remove(first)
    return first
  }

  /** Removes `item`. Returns false if it is not in this list. */
  remove(item: T): boolean {
    if (item.list !== this) return false
    const { previous, next } = item
    if (previous === undefined) this.#first = next
    else previous.next = next
    if (next === undefined) this.#last = previous
    else next.previous = previous
    item.list = item.previous = item.next = undefined
    this.#length--
    return true
  }

  *[Symbol.iterator](): Generator<T, undefined> {
    for (let item = this.#first; item !== undefined; item = item.next) yield item
  }
}
