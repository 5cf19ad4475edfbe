/**
 * Values by topic, found by every prefix of a given text: the cost of a look-up is the length of that text, however
 * many topics there are. No recursion: topics come from peers and may be long.
 */
export class SubscriptionTrie<V> {
  readonly #root = new Node<V>()
  #size = 0

  /** Number of distinct topics. */
  get size(): number {
    return this.#size
  }

  get(topic: Uint8Array): V | undefined {
    let node: Node<V> | undefined = this.#root
    for (let index = 0; index < topic.length && node !== undefined; index++) node = node.child(topic[index]!)
    return node?.value
  }

  set(topic: Uint8Array, value: V): void {
    let node = this.#root
    for (const byte of topic) node = node.childOrNew(byte)
    if (node.value === undefined) this.#size++
    node.value = value
  }

  delete(topic: Uint8Array): void {
    const path = [this.#root]
    for (const byte of topic) {
      const child = path[path.length - 1]!.child(byte)
      if (child === undefined) return
      path.push(child)
    }
    const last = path[path.length - 1]!
    if (last.value === undefined) return
    last.value = undefined
    this.#size--
    for (let depth = path.length - 1; depth > 0 && path[depth]!.empty; depth--) {
      path[depth - 1]!.removeChild(topic[depth - 1]!)
    }
  }

  /** Whether any topic is a prefix of `text`. */
  matches(text: Uint8Array): boolean {
    let node: Node<V> | undefined = this.#root
    for (let index = 0; node !== undefined; index++) {
      if (node.value !== undefined) return true
      if (index === text.length) return false
      node = node.child(text[index]!)
    }
    return false
  }

  /** Appends to `found` the values of all topics that are a prefix of `text`, shortest first. */
  collect(text: Uint8Array, found: V[]): void {
    let node: Node<V> | undefined = this.#root
    for (let index = 0; node !== undefined; index++) {
      if (node.value !== undefined) found.push(node.value)
      if (index === text.length) return
      node = node.child(text[index]!)
    }
  }

  /** Every topic, in the order of their bytes. */
  *topics(): IterableIterator<Uint8Array> {
    const stack: [node: Node<V>, topic: readonly number[]][] = [[this.#root, []]]
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      const [node, topic] = top
      if (node.value !== undefined) yield Uint8Array.from(topic)
      for (const byte of node.bytes().reverse()) stack.push([node.child(byte)!, [...topic, byte]])
    }
  }
}

/** Most nodes have one child, which is kept without a map. */
class Node<V> {
  value: V | undefined = undefined
  #onlyByte = -1
  #onlyChild: Node<V> | undefined = undefined
  #children: Map<number, Node<V>> | undefined = undefined

  get empty(): boolean {
    return this.value === undefined && this.#onlyChild === undefined && this.#children === undefined
  }

  child(byte: number): Node<V> | undefined {
    if (this.#onlyByte === byte) return this.#onlyChild
    return this.#children?.get(byte)
  }

  childOrNew(byte: number): Node<V> {
    const known = this.child(byte)
    if (known !== undefined) return known
    const child = new Node<V>()
    if (this.#children !== undefined) this.#children.set(byte, child)
    else if (this.#onlyChild === undefined) {
      this.#onlyByte = byte
      this.#onlyChild = child
    } else {
      this.#children = new Map([
        [this.#onlyByte, this.#onlyChild],
        [byte, child],
      ])
      this.#onlyByte = -1
      this.#onlyChild = undefined
    }
    return child
  }

  removeChild(byte: number): void {
    if (this.#onlyByte === byte) {
      this.#onlyByte = -1
      this.#onlyChild = undefined
    } else if (this.#children?.delete(byte) === true && this.#children.size === 0) {
      this.#children = undefined
    }
  }

  /** Bytes that lead to a child, in order. */
  bytes(): number[] {
    if (this.#onlyChild !== undefined) return [this.#onlyByte]
    return [...(this.#children?.keys() ?? [])].sort((a, b) => a - b)
  }
}
