import { EMPTY, ownCopy } from "../../zmtp/bytes.js"
import { ByteMap } from "./byte-map.js"

/**
 * A radix tree that finds the values of all topics that are a prefix of a given text. A lookup takes time proportional
 * to the length of the text, regardless of the number of topics. Each node stores its whole path, so inserting or
 * removing a node copies at most the topic in question, however long its descendants are. No method is recursive,
 * because topics come from peers.
 */
export class SubscriptionTrie<V> {
  /** Memory is proportional to the number of nodes: at most two for each topic, plus this one. */
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
        // The topic branches off between two nodes.
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
      this.#join(grandparent, parent)
    }
  }

  /** Whether any topic is a prefix of `text`. */
  matches(text: Uint8Array): boolean {
    return this.collect(text, this.#first, 1) > 0
  }

  /**
   * Stores in `found` the values of all topics that are a prefix of `text`, shortest first, at most `most` of them.
   * Returns their number. Every published message takes this path, so `childFor` is inlined.
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
      // Bytes past the end match nothing, but reading them is slow.
      if (node.length - 1 > length - position) return count
      for (let index = node.start + 1; index < path.length;) if (path[index++] !== text[position++]) return count
    }
  }

  /** Every topic, in byte order. The arrays belong to the trie. */
  *topics(): IterableIterator<Uint8Array> {
    const stack = [this.root]
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (node.value !== undefined) yield node.path
      stack.push(...node.values().reverse())
    }
  }

  /**
   * Removes a node that has no value and only one child, and prepends its label to that of the child. The root has no
   * label, so this does not change it.
   */
  #join(parent: Node<V>, node: Node<V>): void {
    if (node.value !== undefined || node.size !== 1) return
    const child = node.values()[0]!
    child.beginAt(node.start)
    parent.put(child)
  }
}

/** A node, which is also the map of its children by the first byte of their labels. */
class Node<V> extends ByteMap<Node<V>> {
  value: V | undefined = undefined
  /** Bytes from the root to this node. */
  readonly path: Uint8Array
  /** Number of these bytes that belong to the parent's path. */
  start = 0
  /** Length of the label without its first byte, which the lookup in the parent has already compared. */
  length = 0

  /** @param path Copied. */
  constructor(path: Uint8Array, start: number) {
    super()
    this.path = ownCopy(path)
    this.beginAt(start)
  }

  beginAt(start: number): void {
    this.start = start
    this.length = this.path.length - start
  }

  /** The child whose whole label occurs in `text` at `position`. */
  childFor(text: Uint8Array, position: number): Node<V> | undefined {
    const child = this.get(text[position]!)
    return child === undefined || child.sharedLength(text, position) < child.length ? undefined : child
  }

  /** Adds `child`. Replaces a child with the same first byte. */
  put(child: Node<V>): void {
    this.set(child.path[child.start]!, child)
  }

  /** How many bytes of the label occur in `text` at `position`. */
  sharedLength(text: Uint8Array, position: number): number {
    const { path, start } = this
    const length = Math.min(this.length, text.length - position)
    let shared = 0
    while (shared < length && path[start + shared] === text[position + shared]) shared++
    return shared
  }
}
