import { concat, copy, EMPTY } from "../zmtp/bytes.js"

/**
 * Values by topic, found by every prefix of a given text: the cost of a look-up is the length of that text, however
 * many topics there are. A radix tree: its size is that of the topics, each byte at most once, and no recursion,
 * because topics come from peers and may be long.
 */
export class SubscriptionTrie<V> {
  readonly #root = new Node<V>(EMPTY)
  #size = 0

  /** Number of distinct topics. */
  get size(): number {
    return this.#size
  }

  /** Number of nodes, which memory goes by: at most two for each topic, and the root. */
  get nodes(): number {
    let count = 0
    const stack = [this.#root]
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      count++
      stack.push(...node.children())
    }
    return count
  }

  get(topic: Uint8Array): V | undefined {
    let node: Node<V> | undefined = this.#root
    for (let position = 0; position < topic.length && node !== undefined;) {
      node = node.childFor(topic, position)
      position += node?.label.length ?? 0
    }
    return node?.value
  }

  set(topic: Uint8Array, value: V): void {
    let node = this.#root
    for (let position = 0; position < topic.length;) {
      const child = node.child(topic[position]!)
      if (child === undefined) {
        const leaf = new Node<V>(copy(topic.subarray(position)))
        node.put(leaf)
        node = leaf
        break
      }
      const shared = sharedLength(child.label, topic, position)
      if (shared < child.label.length) {
        // The topic branches off in the middle of the way to this child.
        const fork = new Node<V>(child.label.subarray(0, shared))
        node.put(fork)
        child.label = child.label.subarray(shared)
        fork.put(child)
        node = fork
      } else node = child
      position += shared
    }
    if (node.value === undefined) this.#size++
    node.value = value
  }

  delete(topic: Uint8Array): void {
    let parent = this.#root
    let grandparent = this.#root
    let node: Node<V> | undefined = this.#root
    for (let position = 0; position < topic.length; position += node.label.length) {
      grandparent = parent
      parent = node
      node = node.childFor(topic, position)
      if (node === undefined) return
    }
    if (node.value === undefined) return
    node.value = undefined
    this.#size--
    if (node === this.#root) return
    if (!node.empty) this.#join(parent, node)
    else {
      parent.remove(node.label[0]!)
      if (parent !== this.#root) this.#join(grandparent, parent)
    }
  }

  /** Whether any topic is a prefix of `text`. */
  matches(text: Uint8Array): boolean {
    let position = 0
    let node: Node<V> | undefined = this.#root
    for (;;) {
      if (node.value !== undefined) return true
      if (position === text.length) return false
      node = node.childFor(text, position)
      if (node === undefined) return false
      position += node.label.length
    }
  }

  /** Puts into `found`, from its beginning, the values of all topics that are a prefix of `text`, shortest first; returns how many. */
  collect(text: Uint8Array, found: V[]): number {
    let count = 0
    let position = 0
    let node: Node<V> | undefined = this.#root
    for (;;) {
      if (node.value !== undefined) found[count++] = node.value
      if (position === text.length) return count
      node = node.childFor(text, position)
      if (node === undefined) return count
      position += node.label.length
    }
  }

  /** Every topic, in the order of their bytes. */
  *topics(): IterableIterator<Uint8Array> {
    const stack: [node: Node<V>, topic: Uint8Array][] = [[this.#root, EMPTY]]
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      const [node, before] = top
      const topic = concat([before, node.label], before.length + node.label.length)
      if (node.value !== undefined) yield topic
      for (const child of node.children().reverse()) stack.push([child, topic])
    }
  }

  /** Takes out a node that has no value and only one child: its label goes to that. */
  #join(parent: Node<V>, node: Node<V>): void {
    const child = node.onlyChild
    if (node.value !== undefined || child === undefined) return
    child.label = concat([node.label, child.label], node.label.length + child.label.length)
    parent.put(child)
  }
}

/** Most nodes have one child at most, which is kept without a map. */
class Node<V> {
  value: V | undefined = undefined
  onlyChild: Node<V> | undefined = undefined
  #children: Map<number, Node<V>> | undefined = undefined

  /** @param label Bytes from the parent to here; none for the root alone. */
  constructor(public label: Uint8Array) {}

  get empty(): boolean {
    return this.onlyChild === undefined && this.#children === undefined
  }

  /** The child whose label begins with `byte`. */
  child(byte: number): Node<V> | undefined {
    if (this.onlyChild !== undefined) return this.onlyChild.label[0] === byte ? this.onlyChild : undefined
    return this.#children?.get(byte)
  }

  /** The child whose whole label is in `text` at `position`. */
  childFor(text: Uint8Array, position: number): Node<V> | undefined {
    const child = this.child(text[position]!)
    if (child === undefined) return undefined
    const { label } = child
    if (label.length > text.length - position) return undefined
    // The first byte is what it was found by.
    for (let index = 1; index < label.length; index++) if (label[index] !== text[position + index]) return undefined
    return child
  }

  /** Adds `child`, or replaces the one whose label begins alike. */
  put(child: Node<V>): void {
    const first = child.label[0]!
    if (this.#children !== undefined) this.#children.set(first, child)
    else if (this.onlyChild === undefined || this.onlyChild.label[0] === first) this.onlyChild = child
    else {
      this.#children = new Map([
        [this.onlyChild.label[0]!, this.onlyChild],
        [first, child],
      ])
      this.onlyChild = undefined
    }
  }

  remove(byte: number): void {
    if (this.onlyChild !== undefined) {
      this.onlyChild = undefined
      return
    }
    const children = this.#children!
    children.delete(byte)
    if (children.size > 1) return
    this.#children = undefined
    for (const child of children.values()) this.onlyChild = child
  }

  /** In the order of their bytes. */
  children(): Node<V>[] {
    if (this.onlyChild !== undefined) return [this.onlyChild]
    return [...(this.#children?.values() ?? [])].sort((a, b) => a.label[0]! - b.label[0]!)
  }
}

/** How many bytes of `label` are in `text` at `position`. */
function sharedLength(label: Uint8Array, text: Uint8Array, position: number): number {
  const length = Math.min(label.length, text.length - position)
  let shared = 0
  while (shared < length && label[shared] === text[position + shared]) shared++
  return shared
}
