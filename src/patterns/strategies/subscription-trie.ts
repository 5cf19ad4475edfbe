import { EMPTY, ownCopy } from "../../zmtp/bytes.js"
import { ByteMap } from "./byte-map.js"

/**
 * Values by topic, found by every prefix of a given text: the cost of a look-up is the length of that text, however
 * many topics there are. A radix tree whose nodes know their whole path: to take a node out or put one in between copies
 * no more than the topic that it is done for, however long those below are. No recursion: topics come from peers.
 */
export class SubscriptionTrie<V> {
  /** Memory goes by the nodes: at most two for each topic, and this one. */
  protected readonly root = new Node<V>(EMPTY, 0)
  readonly #first: V[] = []

  get(topic: Uint8Array): V | undefined {
    let node: Node<V> | undefined = this.root
    for (let position = 0; position < topic.length && node !== undefined;) {
      node = node.childFor(topic, position)
      position += node?.length ?? 0
    }
    return node?.value
  }

  set(topic: Uint8Array, value: V): void {
    let node = this.root
    for (let position = 0; position < topic.length;) {
      const child = node.get(topic[position]!)
      if (child === undefined) {
        const leaf = new Node<V>(topic, position)
        node.put(leaf)
        node = leaf
        break
      }
      const shared = child.sharedLength(topic, position)
      const end = position + shared
      if (shared < child.length) {
        // The topic branches off in the middle of the way to this child.
        const fork = new Node<V>(topic.subarray(0, end), position)
        node.put(fork)
        child.beginAt(end)
        fork.put(child)
        node = fork
      } else node = child
      position = end
    }
    node.value = value
  }

  delete(topic: Uint8Array): void {
    let parent = this.root
    let grandparent = this.root
    let node: Node<V> | undefined = this.root
    for (let position = 0; position < topic.length; position += node.length) {
      grandparent = parent
      parent = node
      node = node.childFor(topic, position)
      if (node === undefined) return
    }
    if (node.value === undefined) return
    node.value = undefined
    if (node === this.root) return
    if (node.size > 0) this.#join(parent, node)
    else {
      parent.delete(node.path[node.start]!)
      if (parent !== this.root) this.#join(grandparent, parent)
    }
  }

  /** Whether any topic is a prefix of `text`. */
  matches(text: Uint8Array): boolean {
    return this.collect(text, this.#first, 1) > 0
  }

  /**
   * Puts into `found`, from its beginning, the values of all topics that are a prefix of `text`, shortest first, or the
   * first `most` of them; returns how many. Every message goes through here, so that it does what `childFor` does in place.
   */
  collect(text: Uint8Array, found: V[], most?: number): number {
    const { length } = text
    let count = 0
    let position = 0
    let node: Node<V> | undefined = this.root
    for (;;) {
      if (node.value !== undefined) {
        found[count++] = node.value
        if (count === most) return count
      }
      if (position === length) return count
      node = node.get(text[position++]!)
      if (node === undefined) return count
      if (node.length === 1) continue
      const { path } = node
      if (node.length - 1 > length - position) return count
      for (let index = node.start + 1; index < path.length;) if (path[index++] !== text[position++]) return count
    }
  }

  /** Every topic, in the order of their bytes. They are the tree's own. */
  *topics(): IterableIterator<Uint8Array> {
    const stack = [this.root]
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (node.value !== undefined) yield node.path
      stack.push(...node.values().reverse())
    }
  }

  /** Takes out a node that has no value and only one child: its label goes to that. */
  #join(parent: Node<V>, node: Node<V>): void {
    if (node.value !== undefined || node.size !== 1) return
    const child = node.values()[0]!
    child.beginAt(node.start)
    parent.put(child)
  }
}

/** What lies below is found by the first byte that it has more. */
class Node<V> extends ByteMap<Node<V>> {
  value: V | undefined = undefined
  /** Bytes from the root to here. */
  readonly path: Uint8Array
  /** How many of them the parent has. */
  start = 0
  /** How many it has not. Most have one more, by which they were found: it is not looked at. */
  length = 0

  /** @param path Is copied. */
  constructor(path: Uint8Array, start: number) {
    super()
    this.path = ownCopy(path)
    this.beginAt(start)
  }

  beginAt(start: number): void {
    this.start = start
    this.length = this.path.length - start
  }

  /** The child all of whose bytes are in `text` at `position`. */
  childFor(text: Uint8Array, position: number): Node<V> | undefined {
    const child = this.get(text[position]!)
    return child === undefined || child.sharedLength(text, position) < child.length ? undefined : child
  }

  /** Adds `child`, or replaces the one that begins alike. */
  put(child: Node<V>): void {
    this.set(child.path[child.start]!, child)
  }

  /** How many of the bytes that the parent has not are in `text` at `position`. */
  sharedLength(text: Uint8Array, position: number): number {
    const { path, start } = this
    const length = Math.min(this.length, text.length - position)
    let shared = 0
    while (shared < length && path[start + shared] === text[position + shared]) shared++
    return shared
  }
}
